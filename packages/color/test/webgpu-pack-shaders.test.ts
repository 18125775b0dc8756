import { expect, it } from 'vitest'
import { planPack } from '../src/geometry.js'
import { bufferSource, textureSource } from '../src/webgpu/shapes.js'
import { packTask } from '../src/webgpu/tasks.js'
import { nv12, planesOf, rgba, tensor } from './support/webgpu-calls.js'

// The shaders as they are, to be read when they change: what differs between two calls of one kind is in their uniforms.

it('NV12 to a resized float tensor with a pad', () => {
  const source = bufferSource(nv12, planesOf(nv12))
  const { program } = packTask(source, tensor, planPack(nv12, tensor, { fit: 'contain', pad: [0] }), 0)
  expect(program.code).toMatchInlineSnapshot(`
    "struct Params {
      a_offset: vec4u,
      a_stride: vec4u,
      a_full_axes: vec4u,
      a_half_axes: vec4u,
      a_color_centre: vec4f,
      a_color_0: vec4f,
      a_color_0_fine: vec4f,
      a_color_1: vec4f,
      a_color_1_fine: vec4f,
      a_color_2: vec4f,
      a_color_2_fine: vec4f,
      pad: vec4f,
      inner: vec4i,
      gain: vec4f,
      bias: vec4f,
      tensor: vec4u,
    }
    @group(0) @binding(0) var<uniform> p: Params;
    @group(0) @binding(1) var<storage, read> a: array<u32>;
    @group(0) @binding(2) var<storage, read> tables: array<u32>;
    @group(0) @binding(3) var<storage, read_write> written: array<u32>;

    fn a_byte(at: u32) -> f32 {
      return f32((a[at >> 2u] >> ((at & 3u) * 8u)) & 255u);
    }
    fn a_full(x: i32, y: i32) -> f32 {
      return a_byte(p.a_offset.x + u32(y) * p.a_stride.x + u32(x));
    }
    fn a_half(x: i32, y: i32) -> vec2f {
      let at = u32(y) * p.a_stride.yz + u32(x) * p.a_stride.w + p.a_offset.yz;
      return vec2f(a_byte(at.x), a_byte(at.y));
    }

    fn a_full_at(t: vec2i) -> f32 {
      let column = p.a_full_axes.x + u32(t.x) * p.a_full_axes.z;
      let row = p.a_full_axes.y + u32(t.y) * p.a_full_axes.w;
      let x = i32(tables[column]);
      let y = i32(tables[row]);
      let columns = tables[column + 1u] & 0x7fffffffu;
      let rows = tables[row + 1u] & 0x7fffffffu;
      var sum = f32();
      for (var j = 0u; j < rows; j++) {
        var line = f32();
        for (var i = 0u; i < columns; i++) {
          line += bitcast<f32>(tables[column + 2u + i]) * a_full(x + i32(i), y + i32(j));
        }
        sum += bitcast<f32>(tables[row + 2u + j]) * line;
      }
      return sum;
    }

    fn a_half_at(t: vec2i) -> vec2f {
      let column = p.a_half_axes.x + u32(t.x) * p.a_half_axes.z;
      let row = p.a_half_axes.y + u32(t.y) * p.a_half_axes.w;
      let x = i32(tables[column]);
      let y = i32(tables[row]);
      let columns = tables[column + 1u] & 0x7fffffffu;
      let rows = tables[row + 1u] & 0x7fffffffu;
      var sum = vec2f();
      for (var j = 0u; j < rows; j++) {
        var line = vec2f();
        for (var i = 0u; i < columns; i++) {
          line += bitcast<f32>(tables[column + 2u + i]) * a_half(x + i32(i), y + i32(j));
        }
        sum += bitcast<f32>(tables[row + 2u + j]) * line;
      }
      return sum;
    }

    fn a_at(t: vec2i) -> vec4f {
      return vec4f(a_full_at(t), a_half_at(t), 255.0);
    }

    fn a_color(v: vec3f) -> vec3f {
      let d = v - p.a_color_centre.xyz;
      return vec3f(
        dot(p.a_color_0.xyz, d) + (dot(p.a_color_0_fine.xyz, d) + p.a_color_0.w),
        dot(p.a_color_1.xyz, d) + (dot(p.a_color_1_fine.xyz, d) + p.a_color_1.w),
        dot(p.a_color_2.xyz, d) + (dot(p.a_color_2_fine.xyz, d) + p.a_color_2.w),
      );
    }

    fn picture(t: vec2i) -> vec4f {
      var v = a_at(t);
      v = vec4f(a_color(v.xyz), v.w);
      v = clamp(v, vec4f(0.0), vec4f(255.0));
      if (any(t < p.inner.xy) || any(t >= p.inner.zw)) {
        v = p.pad;
      }
      return v;
    }

    fn channels(t: vec2i) -> vec4f {
      let v = picture(t);
      return v * p.gain + p.bias;
    }

    @compute @workgroup_size(8, 8)
    fn main(@builtin(global_invocation_id) id: vec3u) {
      if (id.x >= p.tensor.z || id.y >= p.tensor.w) {
        return;
      }
      let x = i32(id.x);
      let y = i32(id.y);
      let v0 = channels(vec2i(x, y));
      let at = p.tensor.x + (id.y * p.tensor.z + id.x);
      written[at + 0u * p.tensor.y] = bitcast<u32>(v0[0]);
      written[at + 1u * p.tensor.y] = bitcast<u32>(v0[1]);
      written[at + 2u * p.tensor.y] = bitcast<u32>(v0[2]);
    }
    "
  `)
})

it('an external texture, turned, to float16 BGR', () => {
  const source = textureSource(rgba, 'external', true)
  const half = { ...tensor, dtype: 'float16', channels: 'BGR', layout: 'NHWC' } as const
  const turned = planPack(rgba, half, { affine: [0.8, -0.6, 100, 0.6, 0.8, 20], pad: [0], kernel: 'bilinear' })
  expect(packTask(source, half, turned, 0).program.code).toMatchInlineSnapshot(`
    "struct Params {
      a_full_x_whole: vec4i,
      a_full_y_whole: vec4i,
      a_full_x_rest: vec4u,
      a_full_y_rest: vec4u,
      a_full_bounds: vec4i,
      a_spans: vec4u,
      pad: vec4f,
      inner: vec4i,
      gain: vec4f,
      bias: vec4f,
      tensor: vec4u,
    }
    @group(0) @binding(0) var<uniform> p: Params;
    @group(0) @binding(1) var a: texture_external;
    @group(0) @binding(2) var<storage, read> tables: array<u32>;
    @group(0) @binding(3) var<storage, read_write> written: array<u32>;

    fn a_full(x: i32, y: i32) -> vec4f {
      var pixel = textureLoad(a, vec2i(x, y));
      pixel = vec4f(min(pixel.xyz / max(pixel.w, 1e-6), vec3f(1.0)), pixel.w);
      return pixel * 255.0;
    }

    struct Coordinate {
      whole: i32,
      rest: u32,
    }
    fn high(x: u32, y: u32) -> u32 {
      return (x * (y >> 16u) + ((x * (y & 0xffffu)) >> 16u)) >> 16u;
    }
    fn coordinate(t: vec2i, whole: vec4i, rest: vec4u) -> Coordinate {
      let about = f32(t.x) * f32(whole.x) + f32(t.y) * f32(whole.y) + f32(whole.z);
      if (abs(about) > 1e6) {
        return Coordinate(select(-1000000, 1000000, about > 0.0), 0u);
      }
      let x = u32(t.x) * rest.x;
      let y = u32(t.y) * rest.y;
      let xy = x + y;
      let sum = xy + rest.z;
      let carry = high(u32(t.x), rest.x) + high(u32(t.y), rest.y) + u32(xy < x) + u32(sum < xy);
      return Coordinate(t.x * whole.x + t.y * whole.y + whole.z + i32(carry), sum);
    }

    fn a_full_weights(f: f32) -> vec2f {
      return vec2f(1.0 - f, f);
    }

    fn a_full_at(t: vec2i) -> vec4f {
      let u = coordinate(t, p.a_full_x_whole, p.a_full_x_rest);
      let v = coordinate(t, p.a_full_y_whole, p.a_full_y_rest);
      let weights_x = a_full_weights(f32(u.rest) * 0x1p-32);
      let weights_y = a_full_weights(f32(v.rest) * 0x1p-32);
      let first = vec2i(u.whole, v.whole);
      var sum = vec4f();
      for (var j = 0; j < 2; j++) {
        var line = vec4f();
        for (var i = 0; i < 2; i++) {
          let s = clamp(first + vec2i(i, j), p.a_full_bounds.xy, p.a_full_bounds.zw);
          line += weights_x[i] * a_full(s.x, s.y);
        }
        sum += weights_y[j] * line;
      }
      return sum;
    }

    fn a_inside(t: vec2i) -> bool {
      let span = p.a_spans.x + u32(t.y) * 2u;
      return t.x >= i32(tables[span]) && t.x < i32(tables[span + 1u]);
    }

    fn a_at(t: vec2i) -> vec4f {
      return a_full_at(t);
    }

    fn picture(t: vec2i) -> vec4f {
      var v = a_at(t);
      v = clamp(v, vec4f(0.0), vec4f(255.0));
      if (any(t < p.inner.xy) || any(t >= p.inner.zw) || !a_inside(t)) {
        v = p.pad;
      }
      return v;
    }

    fn half(v: f32) -> u32 {
      let bits = bitcast<u32>(v);
      let sign = (bits >> 16u) & 0x8000u;
      let magnitude = bits & 0x7fffffffu;
      if (magnitude >= 0x477ff000u) {
        return sign | 0x7c00u;
      }
      if (magnitude < 0x38800000u) {
        return sign | u32(round(abs(v) * 0x1p24));
      }
      return sign | ((magnitude + 0xfffu + ((magnitude >> 13u) & 1u) - 0x38000000u) >> 13u);
    }

    fn channels(t: vec2i) -> vec4f {
      let v = picture(t);
      return v.zyxw * p.gain + p.bias;
    }

    @compute @workgroup_size(8, 8)
    fn main(@builtin(global_invocation_id) id: vec3u) {
      if (id.x >= p.tensor.z || id.y >= p.tensor.w) {
        return;
      }
      let x = i32(id.x) * 2;
      let y = i32(id.y);
      let v0 = channels(vec2i(x, y));
      let v1 = channels(vec2i(x + 1, y));
      let at = p.tensor.x + (id.y * p.tensor.z + id.x) * 3u;
      written[at + 0u] = half(v0[0]) | (half(v0[1]) << 16u);
      written[at + 1u] = half(v0[2]) | (half(v1[0]) << 16u);
      written[at + 2u] = half(v1[1]) | (half(v1[2]) << 16u);
    }
    "
  `)
})
