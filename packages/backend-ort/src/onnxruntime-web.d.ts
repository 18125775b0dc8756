// onnxruntime-web declares its types for its own name only; the `imports` map of package.json goes round that name.
declare module '#onnxruntime-web' {
  export * from 'onnxruntime-common'
}
declare module '#onnxruntime-web-webgpu' {
  export * from 'onnxruntime-common'
}
