#include "cpp/frame/text_table.h"

#include <algorithm>
#include <cstring>

namespace fastai::frame {

MissingTexts::MissingTexts(const std::vector<std::string>& texts) : texts_(texts.begin(), texts.end()) {
  for (const auto& text : texts) longest_ = std::max(longest_, text.size());
}

namespace {

template <typename Word>
uint64_t load(const char* at) {
  Word word;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

/// Up to eight bytes as one number; texts of one size differ in it. Copying as many bytes as there are takes a call.
uint64_t short_word(std::string_view text) {
  const char* at = text.data();
  const size_t size = text.size();
  if (size >= 4) return load<uint32_t>(at) | load<uint32_t>(at + size - 4) << 32;
  if (size >= 2) return load<uint16_t>(at) | load<uint16_t>(at + size - 2) << 16;
  return size == 1 ? load<uint8_t>(at) : 0;
}

constexpr uint64_t kMix = 0x9e3779b97f4a7c15u;

uint64_t mixed(uint64_t hash, uint64_t word) {
  hash = (hash ^ word) * kMix;
  return hash ^ hash >> 32;
}

}  // namespace

/// Eight bytes at a time, the last ones perhaps twice, mixed by multiplication.
uint32_t TextTable::hash_of(std::string_view text) {
  uint64_t hash = text.size() * kMix;
  if (text.size() <= 8) return static_cast<uint32_t>(mixed(hash, short_word(text)));
  const char* last = text.data() + text.size() - 8;
  for (const char* at = text.data(); at < last; at += 8) hash = mixed(hash, load<uint64_t>(at));
  return static_cast<uint32_t>(mixed(hash, load<uint64_t>(last)));
}

bool TextTable::same(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  return a.size() <= 8 ? short_word(a) == short_word(b) : std::memcmp(a.data(), b.data(), a.size()) == 0;
}

int32_t TextTable::code(std::string_view text, uint32_t hash, const MissingTexts& missing) {
  if (known_.size() * 2 >= slots_.size()) grow();
  const uint32_t mask = static_cast<uint32_t>(slots_.size()) - 1;
  uint32_t slot = hash & mask;
  for (; slots_[slot] != 0; slot = (slot + 1) & mask) {
    const Known& known = known_[slots_[slot] - 1];
    if (known.hash == hash && same(known.text, text)) return known.code;
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
