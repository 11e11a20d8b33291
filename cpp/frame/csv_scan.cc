#include "cpp/frame/csv_scan.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "cpp/core/clones.h"
#include "cpp/frame/decimal.h"

namespace fastai::frame {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kMostExact = 9007199254740991;  // 2^53 - 1
constexpr size_t kPartBytes = 1 << 18;           // below, a thread costs more than it gains

bool ends_line(char byte) { return byte == '\n' || byte == '\r'; }

/// Reads the rows of one part.
class Reader {
 public:
  Reader(const CsvRequest& request, const MissingTexts& missing, std::vector<Column>& columns)
      : request_(request), missing_(missing), columns_(columns), end_(request.bytes.data() + request.bytes.size()) {
    for (const char byte : {request.dialect.delimiter, '\n', '\r'}) stops_[static_cast<unsigned char>(byte)] = true;
  }

  /// Reads rows that begin before `stop`.
  CsvResult read(size_t from, size_t stop, int64_t most) {
    const char* base = request_.bytes.data();
    const char* at = base + from;
    while (rows_ < most && at < base + stop) {
      const char* next = row(at);
      if (problem_ != Problem::None) return {static_cast<size_t>(next - base), rows_, problem_};
      at = next;
    }
    return {static_cast<size_t>(at - base), rows_, Problem::None};
  }

 private:
  bool stops(const char* at) const { return at == end_ || stops_[static_cast<unsigned char>(*at)]; }

  const char* fail(Problem problem, const char* at) {
    problem_ = problem;
    return at;
  }

  /// Reads the row at `at`, if there is one; returns the place behind it, or of the problem.
  const char* row(const char* at) {
    if (ends_line(*at)) return at + 1;
    if (*at == ' ' && is_blank(at)) return after_line_end(after_spaces(at));
    const auto [delimiter, quote, skip_initial_space] = request_.dialect;
    const char* start = at;
    const size_t width = columns_.size();
    size_t c = 0;
    for (; c < width; ++c) {
      if (skip_initial_space) at = after_spaces(at);
      Column& column = columns_[c];
      if (at < end_ && *at == quote) {
        const char* behind = quoted(column, at);
        if (behind == nullptr) return fail(Problem::OpenQuote, request_.final ? at : start);
        at = behind;
      } else if (column.kind == Kind::Number) {
        at = number(column, at);
      } else if (column.kind == Kind::Text) {
        at = text(column, at);
      } else {
        at = field_end(at);
      }
      if (at == end_ || *at != delimiter) break;
      ++at;
    }
    if (c == width) {
      // As many delimiters as columns: fine when nothing stands behind the last one.
      while (at < end_ && *at == delimiter) ++at;
      if (at < end_ && !ends_line(*at)) return fail(Problem::TooManyFields, start);
    } else {
      for (++c; c < width; ++c) absent(columns_[c]);
    }
    ++rows_;
    return after_line_end(at);
  }

  const char* number(Column& column, const char* start) {
    if (stops(start)) {
      absent(column);
      return start;
    }
    Decimal decimal;
    const char* at = read_decimal(start, end_, decimal);
    if (at > start && stops(at) && !stops_within(start, at)) {
      store(column, decimal);
      return at;
    }
    at = field_end(start);
    number_in(column, {start, static_cast<size_t>(at - start)});
    return at;
  }

  /// Whether a delimiter that numbers may hold stands between two places.
  bool stops_within(const char* at, const char* end) const {
    if (!odd_delimiter_) return false;
    return std::find(at, end, request_.dialect.delimiter) != end;
  }

  /// A field of a column of numbers that is not written in the usual way.
  void number_in(Column& column, std::string_view text) {
    Decimal decimal;
    if (is_decimal(text, decimal)) {
      store(column, decimal);
    } else if (missing_.has(text)) {
      absent(column);
    } else {
      column.misfit_row = rows_;
      column.misfit = std::string(text);
      column.kind = Kind::Skip;
    }
  }

  void store(Column& column, const Decimal& decimal) {
    column.numbers[rows_] = decimal.value;
    if (!decimal.whole) {
      column.whole = false;
    } else if (std::abs(decimal.value) > kMostExact) {
      column.wide = true;
    }
  }

  const char* text(Column& column, const char* start) {
    const char* at = field_end(start);
    const std::string_view text(start, static_cast<size_t>(at - start));
    column.codes[rows_] = text.empty() ? kMissing : column.texts.code(text, missing_);
    return at;
  }

  /// A field that begins with a quote; nullptr when its quote is not closed. What stands behind the closing quote belongs
  /// to the field, and may open another.
  const char* quoted(Column& column, const char* start) {
    const char quote = request_.dialect.quote;
    const char* close = find(start + 1, quote);
    if (close == nullptr) return nullptr;
    if (stops(close + 1)) {
      const std::string_view text(start + 1, static_cast<size_t>(close - start) - 1);
      if (column.kind == Kind::Text && !text.empty()) {
        column.codes[rows_] = column.texts.code(text, missing_);
      } else {
        content(column, std::string(text));
      }
      return close + 1;
    }
    return content_with_quotes(column, start);
  }

  const char* content_with_quotes(Column& column, const char* at) {
    const char quote = request_.dialect.quote;
    std::string text;
    bool inside = false;
    for (; at < end_ && (inside || !stops(at)); ++at) {
      if (*at != quote) {
        text += *at;
      } else if (inside && at + 1 < end_ && at[1] == quote) {
        text += *at++;
      } else {
        inside = !inside;
      }
    }
    if (inside) return nullptr;
    content(column, text);
    return at;
  }

  void content(Column& column, const std::string& text) {
    if (text.empty()) {
      absent(column);
    } else if (column.kind == Kind::Text) {
      column.codes[rows_] = column.texts.code_of_copy(text, missing_);
    } else if (column.kind == Kind::Number) {
      number_in(column, text);
    }
  }

  void absent(Column& column) {
    if (column.kind == Kind::Text) {
      column.codes[rows_] = kMissing;
    } else if (column.kind == Kind::Number) {
      column.numbers[rows_] = kNaN;
      column.gaps += 1;
    }
  }

  const char* find(const char* at, char byte) const {
    return static_cast<const char*>(std::memchr(at, byte, static_cast<size_t>(end_ - at)));
  }
  const char* field_end(const char* at) const {
    while (!stops(at)) ++at;
    return at;
  }
  const char* after_spaces(const char* at) const {
    while (at < end_ && *at == ' ') ++at;
    return at;
  }
  bool is_blank(const char* at) const {
    if (columns_.size() == 1 || request_.dialect.delimiter == ' ') return false;
    at = after_spaces(at);
    return at == end_ || ends_line(*at);
  }
  const char* after_line_end(const char* at) const {
    if (at == end_ || !ends_line(*at)) return at;
    return *at == '\r' && at + 1 < end_ && at[1] == '\n' ? at + 2 : at + 1;
  }

  const CsvRequest& request_;
  const MissingTexts& missing_;
  std::vector<Column>& columns_;
  const char* end_;
  std::array<bool, 256> stops_{};
  const bool odd_delimiter_ = std::strchr("0123456789.eE+-", request_.dialect.delimiter) != nullptr;
  int64_t rows_ = 0;
  Problem problem_ = Problem::None;
};

/// Line ends in a stretch so short that a byte counts them, which makes for the widest vectors.
constexpr size_t kStretch = 128;

FASTAI_CLONES int64_t line_ends_between(const char* bytes, size_t from, size_t end) {
  int64_t count = 0;
  for (; from < end; from += kStretch) {
    const size_t stop = std::min(end, from + kStretch);
    uint8_t here = 0;
    for (size_t i = from; i < stop; ++i) here += static_cast<uint8_t>(bytes[i] == '\n');
    for (size_t i = std::max<size_t>(from, 1); i < stop; ++i) {
      here += static_cast<uint8_t>((bytes[i - 1] == '\r') & (bytes[i] != '\n'));
    }
    count += here;
  }
  return count;
}

/// How many line ends there are, or `most`.
int64_t count_line_ends(std::string_view bytes, int64_t most) {
  constexpr size_t kBlock = 1 << 14;
  int64_t count = 0;
  for (size_t from = 0; from < bytes.size() && count < most; from += kBlock) {
    count += line_ends_between(bytes.data(), from, std::min(bytes.size(), from + kBlock));
  }
  return std::min(count, most);
}

/// Rows that a stretch may have: as many as line ends, and one that may have none.
int64_t room_for(std::string_view bytes, int64_t most) {
  if (bytes.empty()) return 0;
  return std::min(most, count_line_ends(bytes, most) + (bytes.back() == '\n' ? 0 : 1));
}

/// The columns with their arrays from a row on.
std::vector<Column> columns_from(const std::vector<Column>& columns, int64_t row) {
  std::vector<Column> result(columns.size());
  for (size_t c = 0; c < columns.size(); ++c) {
    result[c].kind = columns[c].kind;
    if (columns[c].numbers != nullptr) result[c].numbers = columns[c].numbers + row;
    if (columns[c].codes != nullptr) result[c].codes = columns[c].codes + row;
  }
  return result;
}

void append_numbers(Column& column, int64_t rows, const Column& more, int64_t count) {
  if (column.misfit_row >= 0) return;
  if (column.numbers + rows != more.numbers) {
    std::memmove(column.numbers + rows, more.numbers, static_cast<size_t>(count) * sizeof(double));
  }
  column.whole = column.whole && more.whole;
  column.wide = column.wide || more.wide;
  column.gaps += more.gaps;
  if (more.misfit_row < 0) return;
  column.misfit_row = rows + more.misfit_row;
  column.misfit = more.misfit;
  column.kind = Kind::Skip;
}

void append_codes(Column& column, int64_t rows, Column& more, int64_t count, const MissingTexts& missing) {
  const std::vector<int32_t> codes = column.texts.merge(more.texts, missing);
  for (int64_t i = 0; i < count; ++i) {
    const int32_t code = more.codes[i];
    column.codes[rows + i] = code < 0 ? kMissing : codes[static_cast<size_t>(code)];
  }
}

/// Appends what a part gave to what the parts before it did.
void append(std::vector<Column>& columns, int64_t rows, std::vector<Column>& more, int64_t count,
            const MissingTexts& missing) {
  at::parallel_for(0, static_cast<int64_t>(columns.size()), 1, [&](int64_t begin, int64_t end) {
    for (auto c = static_cast<size_t>(begin); c < static_cast<size_t>(end); ++c) {
      if (columns[c].numbers != nullptr) append_numbers(columns[c], rows, more[c], count);
      if (columns[c].codes != nullptr) append_codes(columns[c], rows, more[c], count, missing);
    }
  });
}

/// What one part gave.
struct PartResult {
  std::vector<Column> columns;
  CsvResult result;
};

CsvResult scan_parts(const CsvRequest& request, const std::vector<CsvPart>& parts, std::vector<Column>& columns) {
  const MissingTexts missing(request.missing);
  std::vector<PartResult> done(parts.size());
  int64_t room = 0;
  for (size_t k = 0; k < parts.size(); ++k) {
    done[k].columns = columns_from(columns, room);
    room += parts[k].room;
  }
  at::parallel_for(0, static_cast<int64_t>(parts.size()), 1, [&](int64_t begin, int64_t end) {
    for (auto k = static_cast<size_t>(begin); k < static_cast<size_t>(end); ++k) {
      Reader reader(request, missing, done[k].columns);
      done[k].result = reader.read(parts[k].start, parts[k].end, request.most_rows);
    }
  });
  CsvResult all{request.at, 0, Problem::None};
  for (size_t k = 0; k < parts.size() && all.problem == Problem::None && all.at < parts[k].end; ++k) {
    // A part is worth what it gave if the one before it ended where this one begins.
    if (all.at != parts[k].start) {
      done[k].columns = columns_from(columns, all.rows);
      Reader reader(request, missing, done[k].columns);
      done[k].result = reader.read(all.at, parts[k].end, request.most_rows);
    }
    const CsvResult& result = done[k].result;
    if (k == 0) {
      columns = std::move(done[k].columns);
    } else {
      append(columns, all.rows, done[k].columns, result.rows, missing);
    }
    all = {result.at, all.rows + result.rows, result.problem};
  }
  return all;
}

}  // namespace

size_t finished_end(std::string_view bytes) {
  for (size_t i = bytes.size(); i > 0; --i) {
    if (bytes[i - 1] == '\n' || (bytes[i - 1] == '\r' && i < bytes.size())) return i;
  }
  return 0;
}

std::vector<CsvPart> csv_parts(const CsvRequest& request) {
  const std::string_view bytes = request.bytes;
  const size_t size = bytes.size() - std::min(request.at, bytes.size());
  // Rows that are counted cannot be counted by several threads.
  const bool counted = request.most_rows < static_cast<int64_t>(size);
  const size_t count = counted ? 1 : std::clamp<size_t>(size / kPartBytes, 1, static_cast<size_t>(at::get_num_threads()));
  std::vector<CsvPart> parts{{request.at, bytes.size(), 0}};
  for (size_t k = 1; k < count; ++k) {
    const size_t line_end = bytes.find('\n', request.at + size / count * k);
    if (line_end == std::string_view::npos || line_end + 1 >= bytes.size()) break;
    if (line_end + 1 <= parts.back().start) continue;
    parts.back().end = line_end + 1;
    parts.push_back({line_end + 1, bytes.size(), 0});
  }
  at::parallel_for(0, static_cast<int64_t>(parts.size()), 1, [&](int64_t begin, int64_t end) {
    for (auto k = static_cast<size_t>(begin); k < static_cast<size_t>(end); ++k) {
      CsvPart& part = parts[k];
      part.room = room_for(bytes.substr(part.start, part.end - part.start), request.most_rows);
    }
  });
  return parts;
}

CsvResult scan_csv(const CsvRequest& request, const std::vector<CsvPart>& parts, std::vector<Column>& columns) {
  std::vector<Column> fresh = columns_from(columns, 0);
  const CsvResult result = scan_parts(request, parts, columns);
  if (request.final || result.problem != Problem::OpenQuote) return result;
  // A quoted field that goes on in the next piece: what was seen of its row must not count.
  CsvRequest shorter = request;
  shorter.bytes = request.bytes.substr(0, result.at);
  columns = std::move(fresh);
  return scan_parts(shorter, csv_parts(shorter), columns);
}

}  // namespace fastai::frame
