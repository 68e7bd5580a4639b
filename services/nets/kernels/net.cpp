#include "net.hpp"

#include "export.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif
#include <sched.h>

namespace facepipe {
namespace {

constexpr int SPINS = 4000;  // about 0.1 ms: a layer's share may end that much later in another thread

inline void pause() {
#if defined(__x86_64__)
    _mm_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

// Where threads wait for each other; zero at first.
struct Meeting {
    std::atomic<std::int32_t> arrived, round;

    void wait(int threads) {
        if (threads == 1) return;
        const std::int32_t now = round.load(std::memory_order_acquire);
        if (arrived.fetch_add(1, std::memory_order_acq_rel) == threads - 1) {
            arrived.store(0, std::memory_order_relaxed);
            round.store(now + 1, std::memory_order_release);
            return;
        }
        for (int spin = 0; round.load(std::memory_order_acquire) == now; spin++)
            spin < SPINS ? pause() : void(sched_yield());
    }
};

int places(int length, int kernel, int stride, bool ceil) {
    return (length - kernel + (ceil ? stride - 1 : 0)) / stride + 1;
}

Plane result(const Step &step, const Plane &in) {
    if (step.kind == MEAN || step.kind == UNIT_LENGTH)
        return Plane{nullptr, in.images, 1, 1, step.target_channels, 0, 0};
    return Plane{nullptr,
                 in.images,
                 places(in.height + 2 * in.border_height, step.kernel_height, step.stride, step.ceil),
                 places(in.width + 2 * in.border_width, step.kernel_width, step.stride, step.ceil),
                 step.target_channels,
                 step.border_height,
                 step.border_width};
}

// Puts the zeros around a plane that the next step's padding wants.
void clear_border(const Plane &plane, Share share) {
    if (!plane.border_height && !plane.border_width) return;
    const int rows = plane.height + 2 * plane.border_height;
    for (int item = share.from(plane.images * rows); item < share.to(plane.images * rows); item++) {
        const int y = item % rows - plane.border_height;
        float *row = plane.at(item / rows, y, -plane.border_width);
        const std::ptrdiff_t side = std::ptrdiff_t(plane.border_width) * plane.channels;
        if (y < 0 || y >= plane.height) {
            __builtin_memset(row, 0, plane.row() * sizeof(float));
        } else if (side) {
            __builtin_memset(row, 0, side * sizeof(float));
            __builtin_memset(row + plane.row() - side, 0, side * sizeof(float));
        }
    }
}

constexpr int INPUT = 0;
constexpr std::ptrdiff_t LINE = 16;  // numbers: a cache's line, where every plane begins

std::ptrdiff_t in_lines(std::ptrdiff_t numbers) { return (numbers + LINE - 1) / LINE * LINE; }

// The most that each plane holds on the way, and in [INPUT] what Winograd's steps want for a thread.
void measure(const Step *steps, int count, Plane input, std::ptrdiff_t (&most)[PLANES], Plane (&planes)[PLANES]) {
    for (auto &m : most) m = 0;
    planes[INPUT] = input;
    for (int s = 0; s < count; s++) {
        const Step &step = steps[s];
        Plane &target = planes[step.target] = result(step, planes[step.source]);
        const std::ptrdiff_t size = in_lines(target.images * target.image());
        most[step.target] = size > most[step.target] ? size : most[step.target];
        if (step.kind == WINOGRAD) {
            const std::ptrdiff_t own = in_lines(winograd_scratch(step));
            most[INPUT] = own > most[INPUT] ? own : most[INPUT];
        }
    }
}

}  // namespace
}  // namespace facepipe

using namespace facepipe;

// Which steps this library runs: a file of steps must have been written for the same version and size.
EXPORT std::int32_t step_version() { return STEP_VERSION; }
EXPORT std::int32_t step_bytes() { return sizeof(Step); }

// Numbers that `run_net` wants as scratch memory, and the height, width and channels of the result.
EXPORT std::int64_t measure_net(const Step *steps, std::int32_t count, std::int32_t images, std::int32_t height,
                                std::int32_t width, std::int32_t channels, std::int32_t threads, std::int32_t *out) {
    std::ptrdiff_t most[PLANES];
    Plane planes[PLANES]{};
    measure(steps, count, Plane{nullptr, images, height, width, channels, 0, 0}, most, planes);
    const Plane &last = planes[steps[count - 1].target];
    out[0] = last.height, out[1] = last.width, out[2] = last.channels;
    std::ptrdiff_t all = most[INPUT] * threads;
    for (int p = 1; p < PLANES; p++) all += most[p];
    return all;
}

// Runs images × height × width × channels through the steps; `threads` threads call this with the same arguments but
// `thread`. The last step's plane is `output`.
EXPORT void run_net(const Step *steps, std::int32_t count, const float *weights, const float *input,
                    std::int32_t images, std::int32_t height, std::int32_t width, std::int32_t channels, float *scratch,
                    float *output, std::int32_t thread, std::int32_t threads, Meeting *meeting) {
    const Share share{thread, threads};
    std::ptrdiff_t most[PLANES];
    Plane planes[PLANES]{};
    const Plane first{const_cast<float *>(input), images, height, width, channels, 0, 0};
    measure(steps, count, first, most, planes);
    float *own = scratch + most[INPUT] * thread, *places[PLANES];
    scratch += most[INPUT] * threads;
    for (int p = 1; p < PLANES; p++) places[p] = scratch, scratch += most[p];
    planes[INPUT] = first;
    for (int s = 0; s < count; s++) {
        const Step &step = steps[s];
        const Plane in = planes[step.source];
        Plane out = result(step, in);
        out.data = s == count - 1 ? output : places[step.target];
        const auto from = [&](std::int64_t place) { return place < 0 ? nullptr : weights + place; };
        const Layer layer{step,
                          from(step.weights),
                          from(step.bias),
                          from(step.slope),
                          in,
                          out,
                          step.residual < 0 ? nullptr : places[step.residual]};
        clear_border(out, share);
        switch (step.kind) {
            case CONVOLUTION:
                convolve(layer, share);
                break;
            case WINOGRAD:
                convolve_winograd(layer, share, own);
                break;
            case MAXIMUM:
                maximum(layer, share);
                break;
            case MEAN:
                mean(layer, share);
                break;
            case UNIT_LENGTH:
                unit_length(layer, share);
                break;
        }
        planes[step.target] = out;
        meeting->wait(threads);
    }
}
