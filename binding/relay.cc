#include "binding/relay.h"

#include <stdexcept>
#include <thread>

namespace fastai::binding {

void Relay::Task::run() {
  const at::ThreadLocalStateGuard guard(state);
  try {
    body();
  } catch (...) {
    exception = std::current_exception();
  }
}

void Relay::elsewhere(const std::function<void()>& work) {
  Task task(work);
  std::thread thread;
  std::unique_lock<std::mutex> lock(mutex_);
  if (current_ != nullptr) {
    current_->nested = &task;
    changed_.notify_all();
  } else {
    thread = std::thread([this, &task] {
      task.run();
      const std::lock_guard<std::mutex> done(mutex_);
      task.done = true;
      changed_.notify_all();
    });
  }
  answer_until(task, lock);
  lock.unlock();
  if (thread.joinable()) thread.join();
  if (task.exception) std::rethrow_exception(task.exception);
}

void Relay::answer_until(const Task& work, std::unique_lock<std::mutex>& lock) {
  ++waiting_;
  while (true) {
    changed_.wait(lock, [&] { return work.done || !calls_.empty(); });
    if (work.done) break;
    Task* call = calls_.front();
    calls_.pop_front();
    Task* outer = std::exchange(current_, call);
    lock.unlock();
    call->run();
    lock.lock();
    current_ = outer;
    call->done = true;
    changed_.notify_all();
  }
  --waiting_;
}

void Relay::to_javascript(const std::function<void()>& call) {
  Task task(call);
  std::unique_lock<std::mutex> lock(mutex_);
  if (waiting_ == 0) throw std::runtime_error("a JavaScript callback was reached on a thread that cannot run JavaScript");
  calls_.push_back(&task);
  changed_.notify_all();
  while (true) {
    changed_.wait(lock, [&] { return task.done || task.nested != nullptr; });
    if (task.done) break;
    Task* nested = std::exchange(task.nested, nullptr);
    lock.unlock();
    nested->run();
    lock.lock();
    nested->done = true;
    changed_.notify_all();
  }
  if (task.exception) std::rethrow_exception(task.exception);
}

}  // namespace fastai::binding
