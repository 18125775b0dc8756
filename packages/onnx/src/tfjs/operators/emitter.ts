import type { Operation } from '../operation.js'
import type { Value } from '../value.js'

/** Emits the TensorFlow nodes for one ONNX node and gives its result. @throws Unsupported */
export type Single = (op: Operation) => Value

/** The same, for an operator of several results. */
export type Emitter = (op: Operation) => Value | readonly Value[]
