// The one pass over the bytes of a CSV file: rows into plain arrays.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cpp/frame/text_table.h"

namespace fastai::frame {

/// The characters that divide a file.
struct Dialect {
  char delimiter = ',';
  char quote = '"';
  bool skip_initial_space = false;
};

/// How the fields of a column are read.
enum class Kind { Skip, Number, Text };

/// A column: where its cells are written, and what was found in it. Numbers are NaN and codes kMissing where missing.
struct Column {
  Kind kind = Kind::Skip;
  double* numbers = nullptr;
  int32_t* codes = nullptr;
  TextTable texts;
  bool whole = true;            // all numbers were digits alone
  bool wide = false;            // and one of those was beyond 2^53
  int64_t gaps = 0;             // cells of a column of numbers that were missing
  int64_t misfit_row = -1;      // the first row that is no number; the column is not read any further
  std::string misfit;           // and what stands there
};

/// What keeps a file from being read to its end.
enum class Problem { None, OpenQuote, TooManyFields };

/// What to read.
struct CsvRequest {
  std::string_view bytes;  // UTF-8
  size_t at = 0;           // where the first row begins
  int64_t most_rows = 0;
  Dialect dialect;
  bool final = true;       // whether the bytes end where the file does; otherwise a row may end within a quoted field
  std::vector<std::string> missing;
};

/// A stretch of a file that begins with a row, and how many rows it may have at most.
struct CsvPart {
  size_t start = 0;
  size_t end = 0;
  int64_t room = 0;
};

/// What was read.
struct CsvResult {
  size_t at = 0;  // where the next row would begin; with a problem, where that lies
  int64_t rows = 0;
  Problem problem = Problem::None;
};

/// The place behind the last line end that is surely one: what follows is an unfinished row, if more bytes are to come.
size_t finished_end(std::string_view bytes);

/// Divides a file at line ends, to be read by several threads.
std::vector<CsvPart> csv_parts(const CsvRequest& request);

/// Reads rows into columns, whose arrays have room for all parts. Fields that a short row lacks are missing, blank lines
/// are no rows. The result does not depend on the parts: one that turns out to begin within a field is read again.
CsvResult scan_csv(const CsvRequest& request, const std::vector<CsvPart>& parts, std::vector<Column>& columns);

}  // namespace fastai::frame
