export { type Bisection, type BisectOptions, type BisectSide, bisect, type DivergingNode } from './bisect/bisect.js'
export type { AlteredNode } from './bisect/weights.js'
export { diagnose } from './doctor/diagnose.js'
export type { Diagnosis, Fault, FaultCode } from './doctor/types.js'
export {
  type ArrayComparison,
  type CallComparison,
  type CompareDumpsOptions,
  compareDumps,
  type DumpComparison,
  type StageComparison,
  type StageVerdict,
} from './dump/compare.js'
export { picturesOf } from './dump/pictures.js'
export type { Dump, DumpCall, DumpImage, DumpPicture, DumpTensor } from './dump/types.js'
export { compareImages, type ImageComparison } from './images/compare.js'
export { type DifferencePicture, differenceImage } from './images/difference.js'
export { type CheckLinkOptions, checkLink, type LinkDiagnosis } from './link/check-link.js'
export type { LinkPlace } from './link/run-link.js'
export { probeImage } from './probe/probe-image.js'
export { bisectionReport } from './report/bisection-report.js'
export { comparisonReport, comparisonText } from './report/comparison-report.js'
export { dumpConcerns, dumpReport, dumpText, dumpVerdict } from './report/dump-report.js'
export {
  type LinkFindings,
  type LinkPictures,
  linkFaithful,
  linkReport,
  linkText,
  linkVerdict,
} from './report/link-report.js'
export { compareTensors, type TensorComparison, type TensorComparisonOptions } from './tensors/compare.js'
export type { Histogram, Percentiles } from './tensors/distribution.js'
export { type Gate, type GateOptions, gateFor, type Tolerance } from './tensors/tolerance.js'
