// The one door through which every operator is called.
#pragma once

#include <string>
#include <vector>

#include "cpp/core/op_registry.h"
#include "cpp/core/packed.h"

namespace fastai::ops {

/// Reads `given` packed arguments (missing ones take the schema's default), runs the operator and writes its results,
/// or, with `discard` (in-place operators, whose result is an argument), none.
/// Throws what the operator throws, StaleHandle for a freed tensor, std::invalid_argument for arguments that do not
/// fit the schema.
void call(const Operator& op, size_t given, bool discard, PackedReader& reader, PackedWriter& writer);

}  // namespace fastai::ops
