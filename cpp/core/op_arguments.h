// From packed values to the arguments of an operator.
#pragma once

#include "cpp/core/op_registry.h"
#include "cpp/core/packed.h"

namespace fastai::ops {

/// Reads the value that stands behind `tag` as the schema's argument wants it: None, a plain number for a tensor, one
/// number for a list. Throws std::invalid_argument for a value that does not fit.
c10::IValue read_value(Tag tag, PackedReader& reader, const Argument& argument);
/// The value of an argument that is not given. Throws std::invalid_argument when it has no default.
c10::IValue default_of(const Argument& argument);

}  // namespace fastai::ops
