// Non-maximum suppression, box for box as `suppress` in `services/face_detection/boxes.py`.
#include <cstdint>

#include "export.hpp"

// Rounded like NumPy: a product is a number of its own here.
#if defined(__clang__)
#pragma clang fp contract(off)
#else
#pragma GCC optimize("fp-contract=off")
#endif

// `boxes`: four rows of `count` numbers, the left, upper, right and lower edges; the best box of each group first.
// `groups`: each box's, which only suppresses others of its own. `dead` is zeros. Puts the numbers of the boxes that
// stay into `kept` and returns how many.
EXPORT std::int32_t suppress_boxes(const float *boxes, const float *groups, std::int32_t count, float threshold,
                                   std::uint8_t *dead, std::int64_t *kept) {
    const float *x1 = boxes, *y1 = x1 + count, *x2 = y1 + count, *y2 = x2 + count;
    std::int32_t stay = 0, end = 0;
    for (std::int32_t i = 0; i < count; i++) {
        while (end < count && groups[end] == groups[i]) end++;
        if (dead[i]) continue;
        kept[stay++] = i;
        const float left = x1[i], top = y1[i], right = x2[i], bottom = y2[i], area = (right - left) * (bottom - top);
        for (std::int32_t j = i + 1; j < end; j++) {
            float width = (x2[j] < right ? x2[j] : right) - (x1[j] > left ? x1[j] : left);
            float height = (y2[j] < bottom ? y2[j] : bottom) - (y1[j] > top ? y1[j] : top);
            width = width > 0 ? width : 0, height = height > 0 ? height : 0;
            const float shared = width * height, both = area + (x2[j] - x1[j]) * (y2[j] - y1[j]) - shared;
            dead[j] |= shared / both > threshold;
        }
    }
    return stay;
}
