// Made by `python -m services.nets.building.step`, from services/nets/building/step.py: change it there.
#pragma once
#include <cstdint>

namespace facepipe {

constexpr std::int32_t STEP_VERSION = 3;

constexpr int BLOCK = 16;   // channels that are stored together, however wide the vectors are
constexpr int PLANES = 16;  // values that a net may hold at once, with its input

enum Kind : std::int32_t { CONVOLUTION, WINOGRAD, MAXIMUM, MEAN, UNIT_LENGTH };
enum Activation : std::int32_t { PLAIN, RELU, PRELU };

// One layer.
struct Step {
    std::int32_t kind;             // a Kind
    std::int32_t source;           // the plane that is read; 0 is the net's input
    std::int32_t target;           // the plane that is written
    std::int32_t residual;         // the plane that is added before the activation, or -1
    std::int32_t kernel_height;    // of the window
    std::int32_t kernel_width;     // of the window
    std::int32_t stride;           // pixels from one window to the next, in both directions
    std::int32_t channels;         // of the source, which may hold more
    std::int32_t blocks;           // of the result's channels, written from target_channel on
    std::int32_t target_channel;   // the first channel of the target that is written
    std::int32_t target_channels;  // all channels of the target
    std::int32_t border_height;    // rows of zeros around the target: the padding that the next step wants
    std::int32_t border_width;     // columns of zeros around the target
    std::int32_t activation;       // an Activation
    std::int32_t ceil;             // 1: a maximum's last window counts even if it is not full
    std::int64_t weights;          // their place among the weights; -1: none
    std::int64_t bias;             // its place among the weights; -1: none
    std::int64_t slope;            // its place among the weights; -1: none
};
static_assert(sizeof(Step) == 88, "the plan's writer has another layout");

}  // namespace facepipe
