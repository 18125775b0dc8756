// libyuv, swscale and memcpy as C programs use them, driven by lines on standard input:
//   <operation> <width> <height> <iterations> <avx2|ssse3>  ->  <nanoseconds> | unknown
// Built by native.mjs when a compiler and libyuv's headers are there.
#include <immintrin.h>
#include <libyuv.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef HAVE_SWSCALE
#include <libswscale/swscale.h>
#endif

enum { kSide = 512 };

static int width, height, half;
static uint8_t *rgba, *y, *u, *v, *uv, *copy, *sy, *su, *sv, *srgba;
static float *planes;

static uint8_t *filled(size_t bytes) {
  uint8_t *memory = aligned_alloc(64, (bytes + 127) & ~(size_t)63);
  for (size_t i = 0; i < bytes; i++) memory[i] = (uint8_t)(i * 2654435761u >> 13);
  return memory;
}

static void resize_buffers(int w, int h) {
  if (w == width && h == height) return;
  free(rgba), free(y), free(u), free(v), free(uv), free(copy), free(planes);
  width = w, height = h, half = (w + 1) / 2;
  size_t chroma = (size_t)half * ((h + 1) / 2);
  rgba = filled((size_t)w * h * 4), copy = filled((size_t)w * h * 4), y = filled((size_t)w * h);
  u = filled(chroma), v = filled(chroma), uv = filled(chroma * 2);
  planes = (float *)filled((size_t)w * h * 12);
}

// RGBA bytes to three float planes, (pixel / 255 - mean) / std as one multiply-add.
__attribute__((target("avx2,fma"))) static void normalise_avx2(const uint8_t *from, float *to, size_t pixels) {
  const __m256 scale = _mm256_set1_ps(1 / 127.5f), offset = _mm256_set1_ps(-1);
  const __m256i mask = _mm256_set1_epi32(255);
  for (size_t i = 0; i + 8 <= pixels; i += 8) {
    __m256i four = _mm256_loadu_si256((const __m256i *)(from + 4 * i));
    for (int c = 0; c < 3; c++) {
      __m256 value = _mm256_cvtepi32_ps(_mm256_and_si256(four, mask));
      _mm256_storeu_ps(to + c * pixels + i, _mm256_fmadd_ps(value, scale, offset));
      four = _mm256_srli_epi32(four, 8);
    }
  }
}

__attribute__((target("ssse3"))) static void normalise_ssse3(const uint8_t *from, float *to, size_t pixels) {
  const __m128 scale = _mm_set1_ps(1 / 127.5f), offset = _mm_set1_ps(-1);
  const __m128i mask = _mm_set1_epi32(255);
  for (size_t i = 0; i + 4 <= pixels; i += 4) {
    __m128i four = _mm_loadu_si128((const __m128i *)(from + 4 * i));
    for (int c = 0; c < 3; c++) {
      __m128 value = _mm_cvtepi32_ps(_mm_and_si128(four, mask));
      _mm_storeu_ps(to + c * pixels + i, _mm_add_ps(_mm_mul_ps(value, scale), offset));
      four = _mm_srli_epi32(four, 8);
    }
  }
}

static void normalise(int wide, const uint8_t *from, float *to, size_t pixels) {
  (wide ? normalise_avx2 : normalise_ssse3)(from, to, pixels);
}

#ifdef HAVE_SWSCALE
static struct SwsContext *to_rgba, *to_i420;
static void sws(int forward) {
  struct SwsContext **context = forward ? &to_rgba : &to_i420;
  enum AVPixelFormat from = forward ? AV_PIX_FMT_YUV420P : AV_PIX_FMT_RGBA, to = forward ? AV_PIX_FMT_RGBA : AV_PIX_FMT_YUV420P;
  *context = sws_getCachedContext(*context, width, height, from, width, height, to, SWS_BILINEAR, NULL, NULL, NULL);
  uint8_t *yuv[] = {y, u, v, NULL}, *packed[] = {rgba, NULL};
  int yuv_strides[] = {width, half, half, 0}, packed_strides[] = {4 * width, 0};
  if (forward) sws_scale(*context, (const uint8_t *const *)yuv, yuv_strides, 0, height, packed, packed_strides);
  else sws_scale(*context, (const uint8_t *const *)packed, packed_strides, 0, height, yuv, yuv_strides);
}
#endif

static int once(const char *operation, int wide) {
  // libyuv names a format by its order in a little-endian word: ABGR is R, G, B, A in memory.
  if (!strcmp(operation, "i420-rgba")) return I420ToABGR(y, width, u, half, v, half, rgba, 4 * width, width, height), 1;
  if (!strcmp(operation, "nv12-rgba")) return NV12ToABGR(y, width, uv, 2 * half, rgba, 4 * width, width, height), 1;
  if (!strcmp(operation, "rgba-i420")) return ABGRToI420(rgba, 4 * width, y, width, u, half, v, half, width, height), 1;
  if (!strcmp(operation, "rgba-nv12")) return ABGRToNV12(rgba, 4 * width, y, width, uv, 2 * half, width, height), 1;
  if (!strcmp(operation, "memcpy")) return memcpy(copy, rgba, (size_t)width * height * 4), 1;
  if (!strcmp(operation, "i420-nchw")) {
    I420ToABGR(y, width, u, half, v, half, rgba, 4 * width, width, height);
    return normalise(wide, rgba, planes, (size_t)width * height), 1;
  }
  if (!strcmp(operation, "i420-nchw-512")) {
    const int chroma = kSide / 2;
    I420Scale(y, width, u, half, v, half, width, height, sy, kSide, su, chroma, sv, chroma, kSide, kSide, kFilterBilinear);
    I420ToABGR(sy, kSide, su, chroma, sv, chroma, srgba, 4 * kSide, kSide, kSide);
    return normalise(wide, srgba, planes, kSide * kSide), 1;
  }
#ifdef HAVE_SWSCALE
  if (!strcmp(operation, "swscale-i420-rgba")) return sws(1), 1;
  if (!strcmp(operation, "swscale-rgba-i420")) return sws(0), 1;
#endif
  return 0;
}

int main(void) {
  char operation[64], isa[16];
  int w, h, iterations;
  sy = filled(kSide * kSide), su = filled(kSide * kSide / 4), sv = filled(kSide * kSide / 4), srgba = filled(kSide * kSide * 4);
  while (scanf("%63s %d %d %d %15s", operation, &w, &h, &iterations, isa) == 5) {
    resize_buffers(w, h);
    const int wide = !strcmp(isa, "avx2");
    MaskCpuFlags(wide ? -1 : kCpuInitialized | kCpuHasX86 | kCpuHasSSE2 | kCpuHasSSSE3);
    struct timespec start, end;
    int known = 1;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (int i = 0; i < iterations && known; i++) known = once(operation, wide);
    clock_gettime(CLOCK_MONOTONIC, &end);
    if (known) printf("%lld\n", (end.tv_sec - start.tv_sec) * 1000000000LL + end.tv_nsec - start.tv_nsec);
    else puts("unknown");
    fflush(stdout);
  }
  return 0;
}
