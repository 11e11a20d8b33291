#include "cpp/core/errors.h"

#include <c10/util/Exception.h>

#include <new>
#include <stdexcept>

#include "cpp/core/handle_table.h"

namespace fastai {
namespace {

std::string kind_of(const c10::Error& error) {
  if (dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr) return "outOfMemory";
  if (dynamic_cast<const c10::IndexError*>(&error) != nullptr) return "index";
  if (dynamic_cast<const c10::ValueError*>(&error) != nullptr) return "value";
  if (dynamic_cast<const c10::TypeError*>(&error) != nullptr) return "type";
  if (dynamic_cast<const c10::NotImplementedError*>(&error) != nullptr) return "notImplemented";
  if (dynamic_cast<const c10::LinAlgError*>(&error) != nullptr) return "linalg";
  return "other";
}

}  // namespace

Failure describe_current_exception() {
  try {
    throw;
  } catch (const c10::Error& error) {
    return {kind_of(error), error.what_without_backtrace(), error.what()};
  } catch (const StaleHandle& error) {
    return {"disposed", error.what(), ""};
  } catch (const std::bad_alloc& error) {
    return {"outOfMemory", error.what(), ""};
  } catch (const std::invalid_argument& error) {
    return {"argument", error.what(), ""};
  } catch (const std::exception& error) {
    return {"other", error.what(), ""};
  } catch (...) {
    return {"other", "an exception of unknown type", ""};
  }
}

}  // namespace fastai
