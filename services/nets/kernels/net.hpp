// Nets as lists of steps over a few planes of numbers, which every thread walks along and does its share of.
#pragma once
#include <atomic>

#include "tile.hpp"

namespace facepipe {

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
