#include "cli/classify_command.h"

#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "classify/assisted_classifier.h"
#include "cli/classifier_loader.h"
#include "cli/encoder_loader.h"
#include "cli/reasons_text.h"
#include "cli/text_format.h"
#include "json/writer.h"

namespace pointsman::cli {
namespace {

constexpr std::size_t kMaxLine = 1U << 20;

struct Options {
  std::string model{kBuiltinModel};
  std::string encoder;
  std::string text;
  int tools = 0;
  bool json = false;
  bool brief = false;
};

class Classifying {
 public:
  // `encoder` may be null.
  Classifying(const classify::LinearModel& model, const encode::Encoder* encoder, const Options& options)
      : model_(model),
        encoder_(encoder),
        options_(options),
        scratch_(model.make_scratch()),
        probabilities_(model.categories().size()) {
    if (encoder_ == nullptr) return;
    encoder_scratch_ = encoder_->make_scratch();
    embedding_.resize(encoder_->dimensions());
  }

  // One line of output, or nothing when the artefact turns out to be broken.
  base::Result<std::string_view> line(std::string_view text) {
    PM_CHECK(ask(text));
    return render(nullptr);
  }

  // Writes the line, and why unless the user wants it brief.
  base::Result<void> one(std::string_view text, Output& out) {
    if (options_.brief) {
      PM_TRY(const std::string_view brief, line(text));
      out.write(brief);
      return {};
    }
    PM_TRY(const classify::Input input, ask(text));
    PM_TRY(const classify::Reasons reasons, classify::reasons_for(model_, input, kNearestShown));
    const StageTimes times = measure_stages(model_, input, !reasons.inspection.net_scores.empty());
    probabilities_ = reasons.probabilities;
    const Explained explained{model_, reasons, times};
    out.write(render(&explained));
    if (!options_.json) print_reasons(explained, out);
    return {};
  }

 private:
  // Classifies, with the encoder's opinion where it is wanted; returns what the answer rests on.
  base::Result<classify::Input> ask(std::string_view text) {
    classify::Input input{.text = text, .tools = options_.tools};
    PM_CHECK(model_.classify(input, *scratch_, probabilities_));
    if (encoder_ == nullptr || !model_.wants_embedding(*scratch_)) return input;
    encoder_->encode(std::span(&text, 1), *encoder_scratch_, embedding_);
    input.embedding = embedding_;
    PM_CHECK(model_.classify(input, *scratch_, probabilities_));
    return input;
  }

  std::string_view render(const Explained* explained) {
    const auto top = std::ranges::max_element(probabilities_) - probabilities_.begin();
    const auto& name = model_.categories()[static_cast<std::size_t>(top)];
    const float probability = probabilities_[static_cast<std::size_t>(top)];
    line_.clear();
    if (options_.json) {
      write_json(name, probability, explained);
    } else {
      line_ = fmt::format("{:.4f}  {}", probability, printable(name));
    }
    line_ += '\n';
    return line_;
  }

  void write_json(const std::string& name, float probability, const Explained* explained) {
    json::Writer json(line_);
    json.begin_object().member("category", name).member("probability", probability);
    json.key("probabilities").begin_object();
    for (std::size_t i = 0; i < probabilities_.size(); ++i) {
      json.member(model_.categories()[i], probabilities_[i]);
    }
    json.end_object().member("stage", "local");
    if (explained != nullptr) write_reasons(*explained, json);
    json.end_object();
  }

  const classify::LinearModel& model_;
  const encode::Encoder* encoder_;
  const Options& options_;
  std::unique_ptr<classify::Scratch> scratch_;
  std::vector<float> probabilities_;
  std::unique_ptr<encode::EncoderScratch> encoder_scratch_;
  std::vector<float> embedding_;
  std::string line_;
};

enum class Line { kText, kEnd, kTooLong };

// The next line without its end. A last line needs none.
Line read_line(std::FILE* in, std::string& out) {
  out.clear();
  for (int c = ::getc_unlocked(in); c != EOF; c = ::getc_unlocked(in)) {
    if (c == '\n') {
      if (out.ends_with('\r')) out.pop_back();
      return Line::kText;
    }
    if (out.size() == kMaxLine) return Line::kTooLong;
    out += static_cast<char>(c);
  }
  return out.empty() ? Line::kEnd : Line::kText;
}

// Whoever writes the texts one by one waits for the answers; a file does not.
bool is_interactive(std::FILE* in) {
  struct stat facts{};
  const int descriptor = ::fileno(in);
  return descriptor < 0 || ::fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode);
}

void classify_lines(Classifying& classifying, Context& context) {
  const bool flush = is_interactive(context.in);
  std::string text;
  for (std::size_t number = 1; !context.out.failed(); ++number) {
    const Line kind = read_line(context.in, text);
    if (kind == Line::kTooLong) {
      return context.fail(fmt::format("standard input, line {}: longer than {} bytes", number, kMaxLine));
    }
    if (kind == Line::kEnd) break;
    const auto line = classifying.line(text);
    if (!line) return context.fail(line.error());
    context.out.write(*line);
    if (flush) context.out.flush();
  }
  if (std::ferror(context.in) != 0) context.fail("standard input could not be read");
}

void run_classify(const Options& options, bool has_text, Context& context) {
  const auto model = load_model(options.model, context.builtin_model);
  if (!model) return context.fail(model.error());
  std::shared_ptr<const encode::Encoder> encoder;
  if (!options.encoder.empty()) {
    const auto loaded = load_encoder(find_encoder(options.encoder, "", context.environment), encode::Precision::kAuto);
    if (!loaded) return context.fail(loaded.error());
    if (const auto fits = classify::AssistedClassifier::make(*model, *loaded); !fits) return context.fail(fits.error());
    encoder = *loaded;
  }
  Classifying classifying(**model, encoder.get(), options);
  if (!has_text) return classify_lines(classifying, context);
  if (const auto done = classifying.one(options.text, context.out); !done) context.fail(done.error());
}

}  // namespace

void add_classify_command(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("classify", "Classify texts: an argument, or standard input line by line");
  auto options = std::make_shared<Options>();
  CLI::Option* text = command->add_option("text", options->text, "A text; without it, every line of standard input");
  command->add_option("--model", options->model, "The classifier: an artefact of `pointsman train`, or builtin")
      ->type_name("ARTEFACT")
      ->capture_default_str();
  command
      ->add_option("--encoder", options->encoder, "The sentence encoder it was trained with, asked where it is unsure")
      ->type_name("DIRECTORY|NAME");
  command->add_option("--tools", options->tools, "How many tools the requests offer")->check(CLI::Range(0, 128));
  command->add_flag("--json", options->json, "One JSON object a line, with the probability of every category");
  command->add_flag("--brief", options->brief, "Of a text given as argument too, only the answer and not why");
  command->footer(
      "A text given as argument is explained: what its words add for the answer and against the next one, the "
      "training\n"
      "examples most like it, what the second view changed, the time of each stage. Every line of standard input "
      "gives\n"
      "one line of output, empty ones too.\n\n"
      "Example:\n  pointsman classify \"Will it rain tonight?\"\n  pointsman classify --model support.pm --json < "
      "texts.txt");
  command->callback([options, text, &context] { run_classify(*options, text->count() > 0, context); });
}

}  // namespace pointsman::cli
