// The operators that small models spend their time in, called by their C++ types.
#pragma once

#include <string>

#include "cpp/core/op_registry.h"

namespace fastai::ops {

/// The typed call of an operator ("aten::view", overload ""), or nullptr: then it is called through a stack of boxes.
Direct direct_of(const std::string& name, const std::string& overload);

}  // namespace fastai::ops
