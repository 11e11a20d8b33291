#include "cpp/frame/text_table.h"

#include <algorithm>
#include <cstring>

namespace fastai::frame {

MissingTexts::MissingTexts(const std::vector<std::string>& texts) : texts_(texts.begin(), texts.end()) {
  for (const auto& text : texts) longest_ = std::max(longest_, text.size());
}

/// Eight bytes at a time, mixed by multiplication.
uint32_t TextTable::hash_of(std::string_view text) {
  constexpr uint64_t kMix = 0x9e3779b97f4a7c15u;
  uint64_t hash = text.size() * kMix;
  const char* at = text.data();
  size_t left = text.size();
  for (; left > 0;) {
    const size_t size = std::min<size_t>(left, 8);
    uint64_t word = 0;
    std::memcpy(&word, at, size);
    hash = (hash ^ word) * kMix;
    hash ^= hash >> 32;
    at += size;
    left -= size;
  }
  return static_cast<uint32_t>(hash);
}

int32_t TextTable::code(std::string_view text, uint32_t hash, const MissingTexts& missing) {
  if (known_.size() * 2 >= slots_.size()) grow();
  const uint32_t mask = static_cast<uint32_t>(slots_.size()) - 1;
  uint32_t slot = hash & mask;
  for (; slots_[slot] != 0; slot = (slot + 1) & mask) {
    const Known& known = known_[slots_[slot] - 1];
    if (known.hash == hash && known.text == text) return known.code;
  }
  const int32_t code = missing.has(text) ? kMissing : count_++;
  known_.push_back({text, hash, code});
  slots_[slot] = static_cast<uint32_t>(known_.size());
  return code;
}

int32_t TextTable::code_of_copy(const std::string& text, const MissingTexts& missing) {
  const size_t before = known_.size();
  const int32_t code = this->code(text, missing);
  if (known_.size() > before) known_.back().text = own_.emplace_front(text);
  return code;
}

std::vector<int32_t> TextTable::merge(TextTable& other, const MissingTexts& missing) {
  std::vector<int32_t> codes;
  codes.reserve(other.known_.size());
  for (const Known& known : other.known_) {
    const int32_t here = code(known.text, known.hash, missing);
    if (known.code != kMissing) codes.push_back(here);
  }
  own_.splice_after(own_.before_begin(), other.own_);
  return codes;
}

std::vector<std::string_view> TextTable::labels() const {
  std::vector<std::string_view> result;
  result.reserve(static_cast<size_t>(count_));
  for (const Known& known : known_) {
    if (known.code != kMissing) result.push_back(known.text);
  }
  return result;
}

void TextTable::grow() {
  slots_.assign(std::max<size_t>(32, slots_.size() * 4), 0);
  const uint32_t mask = static_cast<uint32_t>(slots_.size()) - 1;
  for (size_t i = 0; i < known_.size(); ++i) {
    uint32_t slot = known_[i].hash & mask;
    while (slots_[slot] != 0) slot = (slot + 1) & mask;
    slots_[slot] = static_cast<uint32_t>(i + 1);
  }
}

}  // namespace fastai::frame
