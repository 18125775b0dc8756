import { expect, it } from 'vitest'
import { planPack, planUnpack } from '../src/geometry.js'
import { bufferSource, bufferTarget } from '../src/webgpu/shapes.js'
import { unpackTask } from '../src/webgpu/tasks.js'
import { nv12, planesOf, rgba, tensor } from './support/webgpu-calls.js'

// The shaders as they are, to be read when they change: what differs between two calls of one kind is in their uniforms.

it('a tensor to NV12, its surroundings from the source', () => {
  const target = bufferTarget(nv12, planesOf(nv12))
  const { map } = planPack(nv12, tensor, { fit: 'cover' })
  const plan = planUnpack(tensor, nv12, { format: 'NV12', transform: map })
  const outside = { source: bufferSource(nv12, planesOf(nv12)), plan: planPack(nv12, nv12) }
  expect(unpackTask(tensor, 0, target, plan, { outside }).program.code).toMatchInlineSnapshot(`
    "struct Params {
      a_offset: vec4u,
      a_stride: vec4u,
      a_gain: vec4f,
      a_bias: vec4f,
      a_full_axes: vec4u,
      b_offset: vec4u,
      b_stride: vec4u,
      b_map: vec4i,
      b_shift: vec4i,
      b_bounds: vec4i,
      b_color_centre: vec4f,
      b_color_0: vec4f,
      b_color_0_fine: vec4f,
      b_color_1: vec4f,
      b_color_1_fine: vec4f,
      b_color_2: vec4f,
      b_color_2_fine: vec4f,
      stored_centre: vec4f,
      stored_0: vec4f,
      stored_0_fine: vec4f,
      stored_1: vec4f,
      stored_1_fine: vec4f,
      stored_2: vec4f,
      stored_2_fine: vec4f,
      size: vec4i,
      first_words: vec4u,
      row_words: vec4u,
      order: vec4u,
    }
    @group(0) @binding(0) var<uniform> p: Params;
    @group(0) @binding(1) var<storage, read> a: array<u32>;
    @group(0) @binding(2) var<storage, read> b: array<u32>;
    @group(0) @binding(3) var<storage, read> tables: array<u32>;
    @group(0) @binding(4) var<storage, read_write> written: array<u32>;

    fn a_number(at: u32, gain: f32, bias: f32) -> f32 {
      let bits = a[at];
      let magnitude = bits & 0x7fffffffu;
      if (magnitude >= 0x7f800000u) {
        return select(0.0, 255.0, (gain < 0.0) == (bits >> 31u == 1u) && magnitude == 0x7f800000u);
      }
      return clamp(bitcast<f32>(bits), -1e30, 1e30) * gain + bias;
    }
    fn a_full(x: i32, y: i32) -> vec4f {
      let at = p.a_offset.x + u32(y) * p.a_stride.x + u32(x) * p.a_stride.y;
      return vec4f(
        a_number(at, p.a_gain[0], p.a_bias[0]),
        a_number(at + 1u * p.a_stride.z, p.a_gain[1], p.a_bias[1]),
        a_number(at + 2u * p.a_stride.z, p.a_gain[2], p.a_bias[2]),
        255.0,
      );
    }

    fn a_full_at(t: vec2i) -> vec4f {
      let column = p.a_full_axes.x + u32(t.x) * p.a_full_axes.z;
      let row = p.a_full_axes.y + u32(t.y) * p.a_full_axes.w;
      let x = i32(tables[column]);
      let y = i32(tables[row]);
      let columns = tables[column + 1u] & 0x7fffffffu;
      let rows = tables[row + 1u] & 0x7fffffffu;
      var sum = vec4f();
      for (var j = 0u; j < rows; j++) {
        var line = vec4f();
        for (var i = 0u; i < columns; i++) {
          line += bitcast<f32>(tables[column + 2u + i]) * a_full(x + i32(i), y + i32(j));
        }
        sum += bitcast<f32>(tables[row + 2u + j]) * line;
      }
      return sum;
    }

    fn a_inside(t: vec2i) -> bool {
      let column = p.a_full_axes.x + u32(t.x) * p.a_full_axes.z;
      let row = p.a_full_axes.y + u32(t.y) * p.a_full_axes.w;
      return ((tables[column + 1u] | tables[row + 1u]) & 0x80000000u) == 0u;
    }

    fn a_at(t: vec2i) -> vec4f {
      return a_full_at(t);
    }

    fn b_byte(at: u32) -> f32 {
      return f32((b[at >> 2u] >> ((at & 3u) * 8u)) & 255u);
    }
    fn b_full(x: i32, y: i32) -> f32 {
      return b_byte(p.b_offset.x + u32(y) * p.b_stride.x + u32(x));
    }
    fn b_half(x: i32, y: i32) -> vec2f {
      let at = u32(y) * p.b_stride.yz + u32(x) * p.b_stride.w + p.b_offset.yz;
      return vec2f(b_byte(at.x), b_byte(at.y));
    }

    fn b_pixel(t: vec2i) -> vec2i {
      let m = p.b_map;
      return vec2i(m.x * t.x + m.y * t.y, m.z * t.x + m.w * t.y) + p.b_shift.xy;
    }
    fn b_full_at(t: vec2i) -> f32 {
      let s = clamp(b_pixel(t), p.b_bounds.xy, p.b_bounds.zw);
      return b_full(s.x, s.y);
    }

    fn b_half_at(t: vec2i) -> vec2f {
      let s = clamp(b_pixel(t), p.b_bounds.xy, p.b_bounds.zw);
      return b_half(s.x >> 1u, s.y >> 1u);
    }

    fn b_at(t: vec2i) -> vec4f {
      return vec4f(b_full_at(t), b_half_at(t), 255.0);
    }

    fn b_color(v: vec3f) -> vec3f {
      let d = v - p.b_color_centre.xyz;
      return vec3f(
        dot(p.b_color_0.xyz, d) + (dot(p.b_color_0_fine.xyz, d) + p.b_color_0.w),
        dot(p.b_color_1.xyz, d) + (dot(p.b_color_1_fine.xyz, d) + p.b_color_1.w),
        dot(p.b_color_2.xyz, d) + (dot(p.b_color_2_fine.xyz, d) + p.b_color_2.w),
      );
    }

    fn picture(t: vec2i) -> vec4f {
      var v = a_at(t);
      v = clamp(v, vec4f(0.0), vec4f(255.0));
      if (!a_inside(t)) {
        v = b_at(t);
        v = vec4f(b_color(v.xyz), v.w);
        v = clamp(v, vec4f(0.0), vec4f(255.0));
      }
      return v;
    }

    fn byte(v: f32) -> u32 {
      return u32(clamp(floor(v + 0.5), 0.0, 255.0));
    }

    fn put(at: u32, word: u32, bytes: i32) {
      if (bytes >= 4) {
        written[at] = word;
      } else if (bytes > 0) {
        let mask = (1u << (u32(bytes) * 8u)) - 1u;
        written[at] = (written[at] & ~mask) | (word & mask);
      }
    }

    fn stored(v: vec3f) -> vec3f {
      let d = v - p.stored_centre.xyz;
      return vec3f(
        dot(p.stored_0.xyz, d) + (dot(p.stored_0_fine.xyz, d) + p.stored_0.w),
        dot(p.stored_1.xyz, d) + (dot(p.stored_1_fine.xyz, d) + p.stored_1.w),
        dot(p.stored_2.xyz, d) + (dot(p.stored_2_fine.xyz, d) + p.stored_2.w),
      );
    }

    @compute @workgroup_size(8, 8)
    fn main(@builtin(global_invocation_id) id: vec3u) {
      let x = i32(id.x) * 8;
      let y = i32(id.y) * 2;
      if (x >= p.size.x || y >= p.size.y) {
        return;
      }
      var y_words: array<u32, 4>;
      var u_words: array<u32, 2>;
      for (var b = 0; b < 4 && x + b * 2 < p.size.x; b++) {
        var sum = vec3f();
        var count = 0.0;
        for (var j = 0; j < 2 && y + j < p.size.y; j++) {
          for (var i = 0; i < 2 && x + b * 2 + i < p.size.x; i++) {
            let v = picture(vec2i(x + b * 2 + i, y + j)).xyz;
            y_words[j * 2 + (b >> 1u)] |= byte(stored(v).x) << (u32((b & 1) * 2 + i) * 8u);
            if (true) {
              sum += v;
              count += 1.0;
            }
          }
        }
        let c = stored(sum / count);
        let pair = (byte(c.y) << p.order.x) | (byte(c.z) << p.order.y);
        u_words[b >> 1u] |= pair << ((u32(b) & 1u) * 16u);
      }
      let luma = p.first_words.x + id.y * 2u * p.row_words.x + id.x * 2u;
      for (var j = 0; j < 2 && y + j < p.size.y; j++) {
        put(luma + u32(j) * p.row_words.x, y_words[j * 2], p.size.x - x);
        put(luma + u32(j) * p.row_words.x + 1u, y_words[j * 2 + 1], p.size.x - x - 4);
      }
      let half_width = (p.size.x + 1) / 2;
      let chroma = p.first_words.y + id.y * p.row_words.y + id.x * 2u;
      put(chroma, u_words[0], (half_width - x / 2) * 2);
      put(chroma + 1u, u_words[1], (half_width - x / 2) * 2 - 4);
    }
    "
  `)
})

it('a tensor to a canvas', () => {
  const writer = { kind: 'texture', float: false, premultiply: true } as const
  const target = { ...rgba, writer, values: {} }
  expect(
    unpackTask(tensor, 0, target, planUnpack(tensor, tensor, { format: 'RGBA' }), {}).program.code,
  ).toMatchInlineSnapshot(`
    "struct Params {
      a_offset: vec4u,
      a_stride: vec4u,
      a_gain: vec4f,
      a_bias: vec4f,
      a_map: vec4i,
      a_shift: vec4i,
      a_bounds: vec4i,
    }
    @group(0) @binding(0) var<uniform> p: Params;
    @group(0) @binding(1) var<storage, read> a: array<u32>;

    fn a_number(at: u32, gain: f32, bias: f32) -> f32 {
      let bits = a[at];
      let magnitude = bits & 0x7fffffffu;
      if (magnitude >= 0x7f800000u) {
        return select(0.0, 255.0, (gain < 0.0) == (bits >> 31u == 1u) && magnitude == 0x7f800000u);
      }
      return clamp(bitcast<f32>(bits), -1e30, 1e30) * gain + bias;
    }
    fn a_full(x: i32, y: i32) -> vec4f {
      let at = p.a_offset.x + u32(y) * p.a_stride.x + u32(x) * p.a_stride.y;
      return vec4f(
        a_number(at, p.a_gain[0], p.a_bias[0]),
        a_number(at + 1u * p.a_stride.z, p.a_gain[1], p.a_bias[1]),
        a_number(at + 2u * p.a_stride.z, p.a_gain[2], p.a_bias[2]),
        255.0,
      );
    }

    fn a_pixel(t: vec2i) -> vec2i {
      let m = p.a_map;
      return vec2i(m.x * t.x + m.y * t.y, m.z * t.x + m.w * t.y) + p.a_shift.xy;
    }
    fn a_full_at(t: vec2i) -> vec4f {
      let s = clamp(a_pixel(t), p.a_bounds.xy, p.a_bounds.zw);
      return a_full(s.x, s.y);
    }

    fn a_at(t: vec2i) -> vec4f {
      return a_full_at(t);
    }

    fn picture(t: vec2i) -> vec4f {
      var v = a_at(t);
      v = clamp(v, vec4f(0.0), vec4f(255.0));
      return v;
    }

    @vertex
    fn corner(@builtin(vertex_index) i: u32) -> @builtin(position) vec4f {
      return vec4f(f32(i & 1u) * 4.0 - 1.0, f32(i >> 1u) * 4.0 - 1.0, 0.0, 1.0);
    }
    @fragment
    fn main(@builtin(position) at: vec4f) -> @location(0) vec4f {
      let v = picture(vec2i(at.xy));
      let c = floor(clamp(v, vec4f(0.0), vec4f(255.0)) + 0.5) / 255.0;
      return vec4f(c.xyz * c.w, c.w);
    }
    "
  `)
})
