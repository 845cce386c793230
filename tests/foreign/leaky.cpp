// Sessions that leak, beside a thread that allocates and frees.
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

struct Session {
    std::string name;
    std::vector<int> values;
};

namespace store {

std::map<int, Session *> sessions;

// Every third is taken out of the map, and only every sixth is deleted.
__attribute__((noinline)) void open(int number) {
    auto *session = new Session{std::string(40, 'x'), std::vector<int>(number)};
    sessions[number] = session;
    if (number % 3 == 0) {
        sessions.erase(number);
        if (number % 6 == 0) {
            delete session;
        }
    }
}

} // namespace store

int main() {
    std::thread worker([] {
        for (int round = 0; round < 1000; round++) {
            auto text = std::make_unique<std::string>(100, 'a');
            std::vector<int> numbers;
            for (int number = 0; number < 10; number++) {
                numbers.push_back(number);
            }
        }
    });
    for (int number = 1; number < 200; number++) {
        store::open(number);
    }
    worker.join();
}
