// Nets as lists of steps over a few planes of numbers, which every thread walks along and does its share of.
#pragma once
#include <atomic>

#include "tile.hpp"

namespace facepipe {

enum Kind : std::int32_t { CONVOLUTION, WINOGRAD, MAXIMUM, MEAN, UNIT_LENGTH };

// One layer. `STEP` and `PLACES` in `services/native/net.py` name the same fields.
struct Step {
    std::int32_t kind, source, target;
    std::int32_t residual;  // the plane that is added before the activation, or -1
    std::int32_t kernel_height, kernel_width, stride;
    std::int32_t channels;  // of the source, which may hold more
    std::int32_t blocks;    // of the result, written from `target_channel` on
    std::int32_t target_channel, target_channels;
    std::int32_t border_height, border_width;  // of zeros, around the target: the padding that the next step wants
    std::int32_t activation, ceil;             // ceil: a maximum's last window counts even if it is not full
    std::int64_t weights, bias, slope;         // places among the weights; -1: none
};

// Images × height × width × channels, with a border around each image.
struct Plane {
    float *data;
    int images, height, width, channels, border_height, border_width;

    std::ptrdiff_t row() const { return std::ptrdiff_t(width + 2 * border_width) * channels; }
    std::ptrdiff_t image() const { return (height + 2 * border_height) * row(); }
    // The address of a pixel; of the border's where the place is outside.
    float *at(int image, int y, int x) const {
        return data + image * this->image() + (y + border_height) * row() + std::ptrdiff_t(x + border_width) * channels;
    }
};

// Which part of the work is whose.
struct Share {
    int thread, threads;
    int from(int items) const { return part_of(items, thread, threads); }
    int to(int items) const { return part_of(items, thread + 1, threads); }
};

// What a step works on.
struct Layer {
    const Step &step;
    const float *weights, *bias, *slope;
    Plane source, target;
    const float *residual;  // laid out as the target
};

void convolve(const Layer &layer, Share share);
void convolve_winograd(const Layer &layer, Share share, float *scratch);
std::ptrdiff_t winograd_scratch(const Step &step);
void maximum(const Layer &layer, Share share);
void mean(const Layer &layer, Share share);
void unit_length(const Layer &layer, Share share);

}  // namespace facepipe
