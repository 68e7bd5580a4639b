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

// Some images of a plane.
Plane images_of(Plane plane, int first, int count) {
    plane.data += first * plane.image();
    plane.images = count;
    return plane;
}

// How a net is walked along: the first steps, up to the last one that writes much and has few weights, image by image,
// so that a processor's cache holds what they write; the others with all images at once.
struct Walk {
    int apart = 0;                  // steps that are walked image by image
    std::ptrdiff_t left = 0;        // numbers that the last of them leaves of an image
    std::ptrdiff_t most[PLANES]{};  // numbers that each plane holds, and in [INPUT] each thread's own memory
    Plane planes[PLANES]{};         // their sizes after the last step
};

bool writes_much(const Step &step, const Plane &target) {
    const std::ptrdiff_t window = std::ptrdiff_t(step.kernel_height) * step.kernel_width * step.channels;
    const std::ptrdiff_t weights = window * step.blocks * BLOCK * (step.kind == WINOGRAD ? 4 : 1);  // or nearly so many
    return weights < target.image();
}

// Whether the steps from that one on read nothing older than what the step before it writes.
bool continues(const Step *steps, int count, int from) {
    bool old[PLANES]{};
    for (int s = 0; s < from; s++) old[steps[s].target] = s < from - 1;
    for (int s = from; s < count; s++) {
        if (old[steps[s].source] || (steps[s].residual >= 0 && old[steps[s].residual])) return false;
        old[steps[s].target] = false;
    }
    return true;
}

Walk plan_walk(const Step *steps, int count, const Plane &input) {
    Walk walk;
    walk.planes[INPUT] = images_of(input, 0, 1);
    bool much = true;  // whether the last step with weights writes much
    for (int s = 0; input.images > 1 && s < count; s++) {
        const Step &step = steps[s];
        const Plane &target = walk.planes[step.target] = result(step, walk.planes[step.source]);
        much = step.weights < 0 ? much : writes_much(step, target);
        const bool whole = step.blocks * BLOCK == step.target_channels;
        if (much && whole && continues(steps, count, s + 1)) walk.apart = s + 1;
    }
    for (int s = 0; s < count; s++) {
        const Step &step = steps[s];
        if (s == walk.apart) walk.planes[INPUT] = input;
        Plane &target = walk.planes[step.target] = result(step, walk.planes[step.source]);
        const std::ptrdiff_t size = in_lines(target.images * target.image());
        if (s == walk.apart - 1)
            walk.left = target.image(), target.images = input.images;
        else
            walk.most[step.target] = size > walk.most[step.target] ? size : walk.most[step.target];
        if (step.kind == WINOGRAD) {
            const std::ptrdiff_t own = in_lines(winograd_scratch(step));
            walk.most[INPUT] = own > walk.most[INPUT] ? own : walk.most[INPUT];
        }
    }
    return walk;
}

void run_step(const Layer &layer, Share share, float *own) {
    clear_border(layer.target, share);
    switch (layer.step.kind) {
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
    const Walk walk = plan_walk(steps, count, Plane{nullptr, images, height, width, channels, 0, 0});
    const Plane &last = walk.planes[steps[count - 1].target];
    out[0] = last.height, out[1] = last.width, out[2] = last.channels;
    std::ptrdiff_t all = walk.most[INPUT] * threads + in_lines(walk.left * images);
    for (int p = 1; p < PLANES; p++) all += walk.most[p];
    return all;
}

// Runs images × height × width × channels through the steps; `threads` threads call this with the same arguments but
// `thread`. The last step's plane is `output`.
EXPORT void run_net(const Step *steps, std::int32_t count, const float *weights, const float *input,
                    std::int32_t images, std::int32_t height, std::int32_t width, std::int32_t channels, float *scratch,
                    float *output, std::int32_t thread, std::int32_t threads, Meeting *meeting) {
    const Plane all{const_cast<float *>(input), images, height, width, channels, 0, 0};
    const Walk walk = plan_walk(steps, count, all);
    float *own = scratch + walk.most[INPUT] * thread, *left = scratch + walk.most[INPUT] * threads, *places[PLANES];
    scratch = left + in_lines(walk.left * images);
    for (int p = 1; p < PLANES; p++) places[p] = scratch, scratch += walk.most[p];
    if (walk.apart == count) left = output;
    Plane planes[PLANES]{};
    const auto run = [&](const Step &step, float *place) {
        Plane target = result(step, planes[step.source]);
        target.data = place;
        const auto from = [&](std::int64_t number) { return number < 0 ? nullptr : weights + number; };
        run_step(Layer{step, from(step.weights), from(step.bias), from(step.slope), planes[step.source], target,
                       step.residual < 0 ? nullptr : planes[step.residual].data},
                 Share{thread, threads}, own);
        planes[step.target] = target;
        meeting->wait(threads);
    };
    for (int image = 0; walk.apart && image < images; image++) {
        planes[INPUT] = images_of(all, image, 1);
        for (int s = 0; s < walk.apart - 1; s++) run(steps[s], places[steps[s].target]);
        run(steps[walk.apart - 1], left + image * walk.left);
    }
    if (walk.apart)
        planes[steps[walk.apart - 1].target] = images_of(planes[steps[walk.apart - 1].target], 1 - images, images);
    planes[INPUT] = all;
    for (int s = walk.apart; s < count; s++) run(steps[s], s == count - 1 ? output : places[steps[s].target]);
}
