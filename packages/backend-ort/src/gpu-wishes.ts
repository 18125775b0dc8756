import type { GpuWishes } from '@i2i/core/backend'

/** What ONNX Runtime asks for when it makes the device itself (its webgpu_context.cc). */
export const gpuWishes: GpuWishes = {
  features: ['shader-f16', 'subgroups', 'timestamp-query', 'chromium-experimental-timestamp-query-inside-passes'],
  limits: [
    'maxBindGroups',
    'maxBufferSize',
    'maxComputeInvocationsPerWorkgroup',
    'maxComputeWorkgroupSizeX',
    'maxComputeWorkgroupSizeY',
    'maxComputeWorkgroupSizeZ',
    'maxComputeWorkgroupStorageSize',
    'maxComputeWorkgroupsPerDimension',
    'maxStorageBufferBindingSize',
    'maxStorageBuffersPerShaderStage',
  ],
}
