// Min + gzip of what an app downloads. The limits hold what is there now; a goal that is not met yet is in the name.
const asModule = (config) => ({ ...config, format: 'esm', target: 'es2022', loader: { '.wasm': 'file' } })

const script = (name, path, limit, more = {}) => {
  return { name, path: `packages/${path}`, limit, gzip: true, modifyEsbuildConfig: asModule, ...more }
}

export default [
  script('@i2i/core (goal 12 kB)', 'core/dist/index.js', '20.5 kB', {
    import: '{ load }',
    // Fetched only for a manifest that has a canary, for a browser's pictures, for frames on a GPU, for dumps and streams, for the files of a
    // model, and in Node.
    ignore: [
      '@i2i/color',
      ...['canary', 'browser', 'gpu', 'dump-tap', 'stream', 'read-model', 'file-system'].map((name) => `*/${name}.js`),
    ],
  }),
  script(
    '@i2i/color, JavaScript with the reference that loads on demand (goal 12 kB)',
    'color/dist/index.js',
    '25 kB',
    { import: '{ openColorEngine }' },
  ),
  script('@i2i/color/webgpu', 'color/dist/webgpu.js', '24 kB', { import: '{ openGpuColorEngine }' }),
  script('@i2i/backend-ort, without the runtime and @i2i/onnx', 'backend-ort/dist/web.js', '6 kB', {
    import: '{ ort }',
    ignore: ['@i2i/core', '@i2i/core/backend', '@i2i/onnx', '#onnxruntime-web', '#onnxruntime-web-webgpu'],
  }),
]
