// Lets other threads call JavaScript while the environment's thread waits for them.
#pragma once

#include <ATen/ThreadLocalState.h>

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>

namespace fastai::binding {

// NOTE [ callbacks from other threads ]
// Autograd runs the functions of a CUDA graph on a thread of its own for each device, and so the hooks and Functions in
// it. JavaScript runs on one thread only, which waits for backward meanwhile. So backward is given to another thread
// (`elsewhere`) and the waiting thread answers the calls that come in (`to_javascript`). A call may start a backward pass
// itself: that one is run by the thread that waits for the call, as autograd expects of nested passes; any other thread
// would wait for that one for ever.

class Relay {
 public:
  /// On the environment's thread: runs `work` on another thread and answers calls until it is done. Rethrows.
  void elsewhere(const std::function<void()>& work);
  /// On any other thread: runs `call` on the environment's thread. Rethrows. Throws std::runtime_error when that thread
  /// does not wait in `elsewhere`.
  void to_javascript(const std::function<void()>& call);

 private:
  /// Something one thread does for another, with the other's thread-local state.
  struct Task {
    explicit Task(const std::function<void()>& body) : body(body) {}
    const std::function<void()>& body;
    at::ThreadLocalState state;
    std::exception_ptr exception;
    Task* nested = nullptr;  // what the thread that waits for this one is to do meanwhile
    bool done = false;

    void run();
  };

  void answer_until(const Task& work, std::unique_lock<std::mutex>& lock);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task*> calls_;
  Task* current_ = nullptr;  // the call that JavaScript is in
  int waiting_ = 0;          // how deep the environment's thread is in `elsewhere`
};

}  // namespace fastai::binding
