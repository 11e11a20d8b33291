// The distinct texts of a column.
#pragma once

#include <cstdint>
#include <forward_list>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace fastai::frame {

/// What stands for a missing cell.
constexpr int32_t kMissing = -1;

/// Texts that mean a missing cell.
class MissingTexts {
 public:
  explicit MissingTexts(const std::vector<std::string>& texts);
  bool has(std::string_view text) const { return text.size() <= longest_ && texts_.count(std::string(text)) > 0; }

 private:
  std::unordered_set<std::string> texts_;
  size_t longest_ = 0;
};

/// Numbers for texts, in the order in which they are met: a table with open addressing. It keeps views, so the texts must
/// outlive it; those that stand nowhere as they are it stores itself.
class TextTable {
 public:
  TextTable() = default;
  TextTable(TextTable&&) = default;
  TextTable& operator=(TextTable&&) = default;  // and no copies, whose views would be those of the original

  /// The number of a text, a new one if it was never met; kMissing for a text that means a missing cell.
  int32_t code(std::string_view text, const MissingTexts& missing) { return code(text, hash_of(text), missing); }
  /// The same for a text that is gone after the call.
  int32_t code_of_copy(const std::string& text, const MissingTexts& missing);
  /// Takes in what another table knows, and the texts it stores: for each of its numbers, the number here.
  std::vector<int32_t> merge(TextTable& other, const MissingTexts& missing);
  /// The texts in the order of their numbers.
  std::vector<std::string_view> labels() const;

 private:
  struct Known {
    std::string_view text;
    uint32_t hash;
    int32_t code;
  };

  static uint32_t hash_of(std::string_view text);
  static bool same(std::string_view a, std::string_view b);
  int32_t code(std::string_view text, uint32_t hash, const MissingTexts& missing);
  void grow();

  std::vector<Known> known_;
  std::vector<uint32_t> slots_;  // positions in known_ plus one; 0 when free
  int32_t count_ = 0;
  std::forward_list<std::string> own_;
};

}  // namespace fastai::frame
