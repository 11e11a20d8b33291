// Tables: the scan of CSV files.
#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "binding/define.h"
#include "binding/owned_memory.h"
#include "cpp/frame/csv_scan.h"

namespace fastai::binding {
namespace {

using frame::Column;
using frame::CsvRequest;
using frame::Kind;

char character(const Napi::Object& object, const char* key) {
  return static_cast<char>(object.Get(key).ToNumber().Int32Value());
}

std::string_view view(const Napi::Value& value) {
  if (!value.IsTypedArray()) throw std::invalid_argument("expected bytes");
  const auto bytes = value.As<Napi::Uint8Array>();
  return {reinterpret_cast<const char*>(bytes.Data()), bytes.ByteLength()};
}

CsvRequest request_of(const Napi::Value& bytes, const Napi::Object& options) {
  CsvRequest request;
  request.bytes = view(bytes);
  request.final = options.Get("final").ToBoolean();
  request.at = static_cast<size_t>(std::max<int64_t>(0, options.Get("at").ToNumber().Int64Value()));
  request.at = std::min(request.at, request.bytes.size());
  const double rows = options.Get("rows").ToNumber().DoubleValue();
  request.most_rows = rows < 1e15 ? static_cast<int64_t>(rows) : std::numeric_limits<int64_t>::max();
  request.dialect = {character(options, "delimiter"), character(options, "quote"),
                     options.Get("skipInitialSpace").ToBoolean()};
  const auto missing = options.Get("missing").As<Napi::Array>();
  for (uint32_t i = 0; i < missing.Length(); ++i) request.missing.push_back(missing.Get(i).ToString().Utf8Value());
  if (!request.final) {
    const size_t end = std::max(request.at, frame::finished_end(request.bytes));
    request.bytes = request.bytes.substr(0, end);
  }
  return request;
}

Napi::Array labels(Napi::Env env, const frame::TextTable& texts) {
  const auto labels = texts.labels();
  auto result = Napi::Array::New(env, labels.size());
  for (uint32_t i = 0; i < labels.size(); ++i) {
    Napi::HandleScope scope(env);
    result[i] = Napi::String::New(env, labels[i].data(), labels[i].size());
  }
  return result;
}

/// An array of numbers that are not set yet.
template <typename Array, typename Number>
Array unset_array(Napi::Env env, size_t count) {
  return Array::New(env, count, owned_buffer(env, Bytes(count * sizeof(Number))), 0);
}

/// Sets what the scan did not: behind the last row, and behind the cell where a column of numbers ends.
void clear_unread(const Column& column, int64_t rows, int64_t room) {
  const int64_t from = column.misfit_row >= 0 ? column.misfit_row : rows;
  if (column.numbers != nullptr) std::fill(column.numbers + from, column.numbers + room, 0.0);
  if (column.codes != nullptr) std::fill(column.codes + rows, column.codes + room, 0);
}

/// scanCsv(bytes, { at, rows, delimiter, quote, skipInitialSpace, missing, final }, kinds): reads rows from a place on.
/// kinds: a number a column, 0 to leave it out, 1 for numbers, 2 for texts. Returns { at, rows, problem, columns }, where
/// problem is 0 for none, 1 for an open quote and 2 for too many fields, with its place in `at`, and a column is
/// { numbers, whole, wide, gaps, misfit: { row, text } | null } or { codes, labels }.
napi_value scan_csv(Environment& environment, const Arguments& arguments) {
  const Napi::Env env(environment.env);
  const CsvRequest request = request_of(Napi::Value(env, arguments.values[0]), Napi::Object(env, arguments.values[1]));
  const auto kinds = Napi::Array(env, arguments.values[2]);
  const auto parts = frame::csv_parts(request);
  int64_t room = 0;
  for (const auto& part : parts) room += part.room;
  std::vector<Column> columns(kinds.Length());
  auto described = Napi::Array::New(env, columns.size());
  for (uint32_t c = 0; c < columns.size(); ++c) {
    Napi::HandleScope scope(env);
    auto object = Napi::Object::New(env);
    columns[c].kind = static_cast<Kind>(kinds.Get(c).ToNumber().Int32Value());
    if (columns[c].kind == Kind::Number) {
      auto numbers = unset_array<Napi::Float64Array, double>(env, static_cast<size_t>(room));
      columns[c].numbers = numbers.Data();
      object.Set("numbers", numbers);
    } else if (columns[c].kind == Kind::Text) {
      auto codes = unset_array<Napi::Int32Array, int32_t>(env, static_cast<size_t>(room));
      columns[c].codes = codes.Data();
      object.Set("codes", codes);
    }
    described[c] = object;
  }
  const auto scanned = frame::scan_csv(request, parts, columns);
  for (uint32_t c = 0; c < columns.size(); ++c) {
    Napi::HandleScope scope(env);
    const Column& column = columns[c];
    clear_unread(column, scanned.rows, room);
    auto object = described.Get(c).As<Napi::Object>();
    if (column.codes != nullptr) object.Set("labels", labels(env, column.texts));
    if (column.numbers == nullptr) continue;
    object.Set("whole", column.whole);
    object.Set("wide", column.wide);
    object.Set("gaps", static_cast<double>(column.gaps));
    object.Set("misfit", env.Null());
    if (column.misfit_row < 0) continue;
    auto misfit = Napi::Object::New(env);
    misfit.Set("row", static_cast<double>(column.misfit_row));
    misfit.Set("text", column.misfit);
    object.Set("misfit", misfit);
  }
  auto result = Napi::Object::New(env);
  result.Set("at", static_cast<double>(scanned.at));
  result.Set("rows", static_cast<double>(scanned.rows));
  result.Set("problem", static_cast<int>(scanned.problem));
  result.Set("columns", described);
  return result;
}

/// fileRoom(size): a Uint8Array for the bytes of a file, not cleared.
napi_value file_room(Environment& environment, const Arguments& arguments) {
  return unset_array<Napi::Uint8Array, uint8_t>(environment.env, static_cast<size_t>(arguments.number(0)));
}

}  // namespace

/// Functions for tables.
void init_frame(Napi::Env env, Napi::Object exports) {
  define<scan_csv>(env, exports, "scanCsv");
  define<file_room>(env, exports, "fileRoom");
}

}  // namespace fastai::binding
