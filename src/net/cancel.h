// How a request is told to give up while it waits: the client left, or we are stopping.
//
// One token per exchange, used on its loop only. Whatever waits binds a stop function for the time it waits; request()
// calls the one that is bound and is remembered for those that come later.
#pragma once

namespace pointsman::net {

class CancelToken {
 public:
  using Stop = void (*)(void*);

  bool requested() const { return requested_; }
  void request() {
    if (requested_) return;
    requested_ = true;
    if (stop_ != nullptr) stop_(target_);
  }

  // Forgets that it was requested: the next request() calls what is bound then.
  void rearm() { requested_ = false; }

  // Binds for as long as the token lives, or until a Scope binds over it.
  void bind(Stop stop, void* target) {
    stop_ = stop;
    target_ = target;
  }

  // Binds for a scope; the previous binding comes back afterwards. If the request came before, `stop` is called at
  // once.
  class Scope {
   public:
    Scope(CancelToken& token, Stop stop, void* target)
        : token_(token), old_stop_(token.stop_), old_target_(token.target_) {
      token_.stop_ = stop;
      token_.target_ = target;
      if (token_.requested_) stop(target);
    }
    ~Scope() {
      token_.stop_ = old_stop_;
      token_.target_ = old_target_;
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    CancelToken& token_;
    Stop old_stop_;
    void* old_target_;
  };

 private:
  bool requested_ = false;
  Stop stop_ = nullptr;
  void* target_ = nullptr;
};

}  // namespace pointsman::net
