// What is known of each two members: if they are the same. Members are compared in different ways,
// by rows, sums or hashes; what all of that comes to is told here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace etcdf::cluster {

enum class Relation : uint8_t { kUnknown, kSame, kDifferent };

class Relations {
 public:
  Relations() = default;
  explicit Relations(size_t members) : members_(members), of_(members * members) {}

  size_t members() const { return members_; }
  Relation Of(size_t a, size_t b) const { return of_[a * members_ + b]; }
  // A difference once found stays.
  void Set(size_t a, size_t b, Relation relation);

  bool AnyDifferent() const;
  bool AllKnown() const;  // of each two
  // Whether what is the same as another links each member with every other.
  bool AllLinked() const;

 private:
  size_t members_ = 0;
  std::vector<Relation> of_;
};

}  // namespace etcdf::cluster
