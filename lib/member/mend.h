// Files that were changed on their way by what takes them for text, or puts text before them.
#pragma once

#include <memory>
#include <optional>

#include "base/finding.h"
#include "base/result.h"
#include "io/mapped_file.h"
#include "io/scratch.h"

namespace etcdf::member {

inline constexpr FindingKind kLineEnds{"file.line_ends", Severity::kDamage};
inline constexpr FindingKind kBeginsLate{"file.begins_late", Severity::kDamage};

// What the file was before:
//
// Line ends were made CR LF, as transfers "in text mode" do: every LF of the file follows a CR. The
// CRs are taken out again. In a file that was left alone one LF in 256 would, and it has thousands.
//
// Something stands before a database: the header of an HTTP answer, an error message. It is left
// out.
//
// Nothing where neither is so. Reports kLineEnds or kBeginsLate. Errors: those of io::Scratch.
Result<std::shared_ptr<const io::ScratchFile>> Mend(const io::MappedFile& file,
                                                    io::Scratch& scratch, FindingSink& findings);

}  // namespace etcdf::member
