// Helps tests of the operators' API: an office with books in a temporary directory, a clock that stands, and a world
// that shows what the test put into it.
//
// One test, one thread (the desk's aside).
#pragma once

#include <future>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "admin/desk.h"
#include "admin/world.h"
#include "base/clock.h"
#include "ledger_drivers/open.h"
#include "support/temporary_directory.h"

namespace pointsman::test {

class TestWorld : public admin::World {
 public:
  admin::Facts facts() const override { return facts_; }
  gateway::Lineup lineup() const override { return lineup_; }
  config::Config configured() const override { return configured_; }
  config::Environment environment() const override {
    return [this](std::string_view name) -> std::optional<std::string> {
      const auto found = variables_.find(name);
      return found == variables_.end() ? std::nullopt : std::optional(found->second);
    };
  }
  std::string ledger_failure() const override { return ledger_failure_; }
  bool needs_key() const override { return needs_key_; }
  std::vector<admin::ModelHealth> model_health() const override { return model_health_; }
  std::vector<limits::NodeReport> quotas() const override { return quotas_; }
  admin::TrainingState training() const override { return training_; }
  std::optional<admin::TrialState> trial() const override { return trial_; }
  base::Result<void> train() override {
    ++trained_;
    return train_;
  }
  base::Result<std::shared_ptr<const classify::Classifier>> load_classifier(const std::string& name) const override {
    if (classifier_) return classifier_;
    return base::fail(base::ErrorCode::kNotFound, "there is no classifier " + name);
  }
  base::Result<void> commit_ledger() override { return {}; }
  base::Result<cli::HttpAnswer> ask(const admin::OwnRequest& request) const override {
    asked_.push_back(request);
    return answer_;
  }

  admin::Facts facts_;
  gateway::Lineup lineup_;
  config::Config configured_;
  std::map<std::string, std::string, std::less<>> variables_;
  std::string ledger_failure_;
  bool needs_key_ = false;
  std::vector<admin::ModelHealth> model_health_;
  std::vector<limits::NodeReport> quotas_;
  admin::TrainingState training_;
  std::optional<admin::TrialState> trial_;
  base::Result<void> train_;
  int trained_ = 0;
  std::shared_ptr<const classify::Classifier> classifier_;
  base::Result<cli::HttpAnswer> answer_ = base::fail(base::ErrorCode::kConnect, "nobody listens");
  mutable std::vector<admin::OwnRequest> asked_;
};

class TestErrand final : public admin::Errand {
 public:
  using Errand::Errand;
  void done(admin::Answer answer) override { answer_.set_value(std::move(answer)); }
  admin::Answer wait() { return answer_.get_future().get(); }

 private:
  std::promise<admin::Answer> answer_;
};

class TestOffice {
 public:
  std::string directory() const { return directory_.file("ledger"); }
  ledger::BackendPtr backend() const { return ledger_drivers::backend_at(directory()); }
  admin::Books& books() { return books_; }

  // Of nobody in particular; with what a browser sends along.
  admin::Request request(http::Method method, std::string path) {
    admin::Request out{.method = method, .path = std::move(path)};
    out.content_type = "application/json";
    out.csrf = "1";
    out.host = "127.0.0.1:9090";
    out.peer = "127.0.0.1";
    out.at = clock.wall();
    return out;
  }
  // Likewise, of somebody with that role.
  admin::Request request(http::Method method, std::string path, config::AdminRole role) {
    const std::string name(admin::to_string(role));
    admin::Request out = request(method, std::move(path));
    staff.accounts.use({{name, base::Secret("$argon2id$none"), role}});
    out.cookie = "__Host-pointsman=" + *staff.sessions.open(name, clock.wall());
    return out;
  }

  // What the gate, or else the endpoint says, on this thread.
  admin::Answer ask(admin::Request asked) {
    const std::size_t mark = asked.path.find('?');
    if (mark != std::string::npos) {
      asked.query = asked.path.substr(mark + 1);
      asked.path.resize(mark);
    }
    auto ticket = admin::admit(asked, staff);
    if (!ticket) return ticket.error();
    const auto query = admin::Query::parse(asked.query, ticket->endpoint->query, asked.at);
    if (!query) return admin::refuse(query.error());
    const std::function<bool()> wanted = [] { return true; };
    admin::Call call{asked, *query, ticket->parts, ticket->user, ticket->role, books_,
                     world, staff,  clock,         ids_,         wanted};
    auto answer = ticket->endpoint->handle(call);
    return answer ? std::move(*answer) : admin::refuse(answer.error());
  }

 private:
  TemporaryDirectory directory_;

 public:
  base::ManualClock clock;
  admin::Staff staff;
  TestWorld world;

 private:
  admin::Books books_{backend()};
  base::UuidGenerator ids_{1};
};

}  // namespace pointsman::test
