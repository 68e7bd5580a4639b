// The layers without weights.
#include "net.hpp"

namespace facepipe {

void maximum(const Layer &layer, Share share) {
    const Step &step = layer.step;
    const Plane &in = layer.source, &out = layer.target;
    const int rows = out.images * out.height, width = step.blocks * BLOCK;
    for (int row = share.from(rows); row < share.to(rows); row++) {
        const int image = row / out.height, y = row % out.height;
        const int bottom = smaller_of(y * step.stride + step.kernel_height, in.height);
        for (int x = 0; x < out.width; x++) {
            const int right = smaller_of(x * step.stride + step.kernel_width, in.width);
            float *to = out.at(image, y, x) + step.target_channel;
            for (int c = 0; c < width; c += LANES) {
                Vector most = load(in.at(image, y * step.stride, x * step.stride) + c);
                for (int i = y * step.stride; i < bottom; i++)
                    for (int j = x * step.stride; j < right; j++) most = larger(most, load(in.at(image, i, j) + c));
                store(to + c, most);
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
