// The layers without weights.
#include "net.hpp"

namespace facepipe {

namespace {

// The largest of some rows × columns, `row` and `pixel` numbers apart.
inline Vector largest(const float *from, int rows, int columns, std::ptrdiff_t row, std::ptrdiff_t pixel) {
    Vector most = load(from);
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++) most = larger(most, load(from + i * row + j * pixel));
    return most;
}

}  // namespace

void maximum(const Layer &layer, Share share) {
    const Step &step = layer.step;
    const Plane &in = layer.source, &out = layer.target;
    const int rows = out.images * out.height, width = step.blocks * BLOCK;
    const std::ptrdiff_t in_row = in.row(), pixel = in.channels;
    for (int row = share.from(rows); row < share.to(rows); row++) {
        const int image = row / out.height, top = row % out.height * step.stride;
        const int down = smaller_of(step.kernel_height, in.height - top);
        for (int x = 0; x < out.width; x++) {
            const int left = x * step.stride, across = smaller_of(step.kernel_width, in.width - left);
            const float *const from = in.at(image, top, left);
            float *const to = out.at(image, row % out.height, x) + step.target_channel;
            for (int c = 0; c < width; c += LANES) {
                // The usual windows are written out by the compiler.
                store(to + c, down == 3 && across == 3   ? largest(from + c, 3, 3, in_row, pixel)
                              : down == 2 && across == 2 ? largest(from + c, 2, 2, in_row, pixel)
                                                         : largest(from + c, down, across, in_row, pixel));
            }
        }
    }
}

void mean(const Layer &layer, Share share) {
    const Plane &in = layer.source, &out = layer.target;
    const int blocks = layer.step.blocks, items = out.images * blocks, pixels = in.height * in.width;
    for (int item = share.from(items); item < share.to(items); item++) {
        const int image = item / blocks, channel = item % blocks * BLOCK;
        for (int c = channel; c < channel + BLOCK; c += LANES) {
            Vector sum{};
            for (int p = 0; p < pixels; p++) sum += load(in.at(image, p / in.width, p % in.width) + c);
            store(out.at(image, 0, 0) + c, sum / float(pixels));
        }
    }
}

void unit_length(const Layer &layer, Share share) {
    const Plane &in = layer.source, &out = layer.target;
    for (int image = share.from(out.images); image < share.to(out.images); image++) {
        const float *from = in.at(image, 0, 0);
        Vector squares{};
        for (int c = 0; c < out.channels; c += LANES) squares += load(from + c) * load(from + c);
        float sum = 0;
        for (int lane = 0; lane < LANES; lane++) sum += squares[lane];
        const float length = __builtin_sqrtf(sum);
        for (int c = 0; c < out.channels; c += LANES) store(out.at(image, 0, 0) + c, load(from + c) / length);
    }
}

}  // namespace facepipe
