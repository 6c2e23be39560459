// What is wrong with a configuration, and where.
#pragma once

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace fieldway::config {

/// A place in a file; line and column count from 1. Line 0: the file as a whole.
struct Mark {
    std::string file;
    int line = 0;
    int column = 0;
    friend auto operator<=>(const Mark&, const Mark&) = default;
};

struct Diagnostic {
    Mark mark;
    std::string sentence;
    bool warning = false;
    /// The one input that cannot run because of it, all else being well; empty: the whole file is
    /// meant. (A plugin that is missing or broken must not stop the others.)
    std::string input{};
    /// The one uplink whose sessions cannot connect as long as it is so; empty: as above. Each
    /// connect tries again.
    std::string uplink{};
    friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

/// `fieldway.yaml:41:7`, or the file alone.
std::string to_text(const Mark& mark);
/// `fieldway.yaml:41:7: sentence`; a warning says so after the place.
std::string to_text(const Diagnostic& diagnostic);

/// Where a node of a YAML text stands: a Mark that does not own the file's name, since there are
/// many of them. The name lives as long as the Files (files.h) that the node came from.
struct Place {
    const std::string* file = nullptr;
    int line = 0;
    int column = 0;

    [[nodiscard]] Mark mark() const { return {file == nullptr ? "" : *file, line, column}; }
};

/// Gathers all that is wrong, so that it is told at once.
class Diagnostics {
  public:
    /// A file in which every line is wrong is told up to here; the rest is counted.
    static constexpr std::size_t most = 1'000;

    void error(const Place& place, std::string sentence);
    void warning(const Place& place, std::string sentence);
    /// An error that only this input suffers from.
    void error_of_input(const Place& place, std::string input, std::string sentence);
    /// An error that only the sessions of this uplink suffer from.
    void error_of_uplink(const Place& place, std::string uplink, std::string sentence);

    [[nodiscard]] bool empty() const { return found_.empty(); }
    /// What another has gathered, as if it had been told here.
    void take(Diagnostics other);

    /// In the order of the places: errors and warnings mixed, as a reader of the file meets them.
    [[nodiscard]] std::vector<Diagnostic> take_sorted();

  private:
    void add(Diagnostic diagnostic);

    std::vector<Diagnostic> found_;
    std::size_t untold_ = 0;
};

/// The second: none but such as concern one input or one uplink each.
bool without_errors(const std::vector<Diagnostic>& diagnostics);
bool without_errors_of_all(const std::vector<Diagnostic>& diagnostics);

/// A text as a sentence shows it: bare where it can be read so, else quoted and escaped; cut when
/// long.
std::string shown_text(std::string_view text);

/// `; did you mean "register"?`, or `; known here: a, b` when nothing is near, or nothing when none
/// is known.
std::string hint_of(std::string_view name, const std::vector<std::string>& all);

/// `a, b and c`
std::string joined(const std::vector<std::string>& names, std::string_view last_word);

}  // namespace fieldway::config
