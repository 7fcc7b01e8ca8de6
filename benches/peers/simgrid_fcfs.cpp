// First come, first served on a machine of equal processors, as an event-driven model on SimGrid's
// kernel: one actor submits, and as many as ever run at once sleep for the run times, used again.
//
// Usage: simgrid_fcfs PROCESSORS FILE, with a line "submission run processors" for each job, in
// seconds. Prints the jobs, the mean wait in seconds, and the seconds that the simulation took.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <vector>

#include <simgrid/s4u.hpp>

namespace sg4 = simgrid::s4u;

struct Job {
  double submission;
  double run;
  int processors;
};

static std::vector<Job> jobs;
static std::deque<size_t> waiting;
static int free_processors;
static double waited;
static size_t ended;
static sg4::Host* host;

// An actor that runs one job after the other.
struct Worker {
  sg4::ActorPtr actor;
  size_t job;
  bool busy;
};

static std::vector<Worker*> idle;

static void start_heads(const Worker* self);

static void work(Worker* self) {
  sg4::Actor::self()->daemonize();
  while (true) {
    sg4::this_actor::sleep_for(jobs[self->job].run);
    free_processors += jobs[self->job].processors;
    self->busy = false;
    ended++;
    idle.push_back(self);
    start_heads(self);
    if (!self->busy)
      sg4::this_actor::suspend();
  }
}

static void start(size_t number, const Worker* self) {
  if (idle.empty()) {
    auto* worker = new Worker{nullptr, number, true};
    worker->actor = sg4::Actor::create("worker", host, work, worker);
    return;
  }
  Worker* worker = idle.back();
  idle.pop_back();
  worker->job = number;
  worker->busy = true;
  if (worker != self)
    worker->actor->resume();
}

static void start_heads(const Worker* self) {
  while (!waiting.empty() && jobs[waiting.front()].processors <= free_processors) {
    const size_t number = waiting.front();
    waiting.pop_front();
    free_processors -= jobs[number].processors;
    waited += sg4::Engine::get_clock() - jobs[number].submission;
    start(number, self);
  }
}

static void submit_all() {
  for (size_t number = 0; number < jobs.size(); number++) {
    const double pause = jobs[number].submission - sg4::Engine::get_clock();
    if (pause > 0)
      sg4::this_actor::sleep_for(pause);
    waiting.push_back(number);
    start_heads(nullptr);
  }
  // Workers end with the last other actor: stay until everything has run.
  while (ended < jobs.size())
    sg4::this_actor::sleep_for(3600);
}

int main(int argc, char** argv) {
  sg4::Engine engine(&argc, argv);
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s PROCESSORS FILE\n", argv[0]);
    return 2;
  }
  free_processors = std::atoi(argv[1]);
  std::FILE* file = std::fopen(argv[2], "r");
  if (file == nullptr) {
    std::perror(argv[2]);
    return 1;
  }
  Job job;
  while (std::fscanf(file, "%lf %lf %d", &job.submission, &job.run, &job.processors) == 3)
    jobs.push_back(job);
  std::fclose(file);

  const auto started = std::chrono::steady_clock::now();
  sg4::NetZone* zone = sg4::create_full_zone("site");
  host = zone->create_host("machine", 1e9);
  zone->seal();
  sg4::Actor::create("submitter", host, submit_all);
  engine.run();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
  std::printf("%zu %.6f %.6f\n", jobs.size(), waited / jobs.size(), took.count());
  return 0;
}
