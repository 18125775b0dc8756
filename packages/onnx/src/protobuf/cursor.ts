import { OnnxError } from '../error.js'
import { Wire } from './schema.js'

/** Nested messages deeper than this are refused, as the official parsers do by default. */
export const maxDepth = 100

/** A position in a protobuf message. Every method throws MODEL_UNSUPPORTED where the bytes end early or make no sense. */
export class Cursor {
  readonly bytes: Uint8Array
  readonly view: DataView
  position = 0
  /** The two halves of the varint read last: no bigint is made for the many that are small. */
  low = 0
  high = 0

  constructor(bytes: Uint8Array) {
    // Node's Buffer is a Uint8Array whose slice() does not copy: every view handed out is to be a plain one.
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  malformed(what: string, at: number): OnnxError {
    return new OnnxError(
      'MODEL_UNSUPPORTED',
      `Cannot read the ONNX model: ${what} at byte ${at} of ${this.bytes.length}. The file is cut off, damaged or not ONNX; download it again.`,
      { offset: at, bytes: this.bytes.length },
    )
  }

  /** Reads a varint of at most 64 bits into `low` and `high`. */
  varint(end: number): void {
    const start = this.position
    let low = 0
    let high = 0
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.position >= end) throw this.malformed('a number that ends early', start)
      const byte = this.bytes[this.position++]!
      const bits = byte & 0x7f
      if (shift < 28) low |= bits << shift
      else if (shift === 28) {
        low |= bits << 28
        high = bits >>> 4
      } else high |= bits << (shift - 32)
      if (byte < 0x80) {
        this.low = low >>> 0
        this.high = high >>> 0
        return
      }
    }
    throw this.malformed('a number of more than ten bytes', start)
  }

  /** Reads a tag: field number times 8 plus wire type. */
  tag(end: number): number {
    const start = this.position
    this.varint(end)
    if (this.high !== 0 || this.low < 8) throw this.malformed('an impossible field number', start)
    return this.low
  }

  /** Reads a length and gives the position where what it covers ends. */
  lengthEnd(end: number): number {
    const start = this.position
    this.varint(end)
    const stop = this.position + this.low
    if (this.high !== 0 || stop > end) {
      const length = this.high * 2 ** 32 + this.low
      throw this.malformed(`a field of ${length} bytes where ${end - this.position} are left`, start)
    }
    return stop
  }

  /** Reads a length and gives a view, not a copy, of the bytes it covers. */
  lengthDelimited(end: number): Uint8Array {
    const stop = this.lengthEnd(end)
    const view = this.bytes.subarray(this.position, stop)
    this.position = stop
    return view
  }

  /** Gives the position of the next `size` bytes and passes over them. */
  fixed(size: number, end: number): number {
    const start = this.position
    if (start + size > end) throw this.malformed(`a field of ${size} bytes where ${end - start} are left`, start)
    this.position = start + size
    return start
  }

  /** Passes over the value that belongs to `tag`. */
  skip(tag: number, end: number, depth: number): void {
    const start = this.position
    switch (tag & 7) {
      case Wire.varint:
        this.varint(end)
        return
      case Wire.fixed64:
        this.fixed(8, end)
        return
      case Wire.bytes:
        this.position = this.lengthEnd(end)
        return
      case Wire.fixed32:
        this.fixed(4, end)
        return
      case Wire.groupStart:
        this.skipGroup(tag, end, depth + 1)
        return
      default:
        throw this.malformed(`an impossible wire type ${tag & 7}`, start)
    }
  }

  private skipGroup(open: number, end: number, depth: number): void {
    const close = open - Wire.groupStart + Wire.groupEnd
    if (depth > maxDepth) throw this.malformed(`nesting deeper than ${maxDepth}`, this.position)
    for (;;) {
      const tag = this.tag(end)
      if (tag === close) return
      this.skip(tag, end, depth)
    }
  }
}
