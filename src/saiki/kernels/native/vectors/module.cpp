// The Python face: addresses and sizes of arrays that saiki/kernels/vectors.py has checked.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cstring>
#include <string>

#include "host.h"
#include "random.h"

namespace nb = nanobind;
using namespace saiki::vectors;
using Address = std::uintptr_t;

namespace {

template <class T>
T *at(Address address) {
    return reinterpret_cast<T *>(address);
}

template <class T>
nb::bytes bytes_of(const std::vector<T> &values) {
    return nb::bytes(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T));
}

Table table(Address address, Index rows, Index columns, Index stride) {
    return {at<float>(address), rows, columns, stride};
}

nb::tuple run_job(int level, const Job &job, Index begin, Index end, Index epoch,
                  double rate_begin, double rate_end, bool learns) {
    Tally tally;
    {
        nb::gil_scoped_release released;
        tally = run(*levels().at(level), job, {begin, end, epoch, rate_begin, rate_end, learns});
    }
    return nb::make_tuple(tally.loss, tally.predictions, tally.tokens, tally.kept,
                          tally.bad_position);
}

}  // namespace

#define VALUE(member)                                                                   \
    .def_prop_rw(                                                                       \
        #member, [](const Job &j) { return static_cast<std::int64_t>(j.member); },      \
        [](Job &j, std::int64_t v) { j.member = static_cast<decltype(j.member)>(v); })
#define ADDRESS(member)                                                                 \
    .def_prop_rw(                                                                       \
        #member, [](const Job &j) { return reinterpret_cast<Address>(j.member); },      \
        [](Job &j, Address a) { j.member = reinterpret_cast<decltype(j.member)>(a); })
#define TABLE(member)                                                                   \
    .def("set_" #member, [](Job &j, Address a, Index rows, Index columns, Index stride) { \
        j.member = table(a, rows, columns, stride);                                     \
    })

NB_MODULE(_vectors, m) {
    nb::class_<Job>(m, "Job")
        .def(nb::init<>())
        // clang-format off
        VALUE(objective) VALUE(hierarchical) VALUE(fast) VALUE(trains_words) VALUE(trains_outputs)
        VALUE(window) VALUE(negatives) VALUE(vocabulary) VALUE(document_count) VALUE(longest_code)
        VALUE(threads) VALUE(deterministic)
        .def_prop_rw("seed", [](const Job &j) { return j.seed; },
                     [](Job &j, std::uint64_t seed) { j.seed = seed; })
        ADDRESS(keep) ADDRESS(noise) ADDRESS(code_offsets) ADDRESS(nodes) ADDRESS(codes)
        ADDRESS(tokens) ADDRESS(offsets)
        TABLE(words) TABLE(documents) TABLE(outputs);
        // clang-format on
    m.attr("PIECE_TOKENS") = PIECE_TOKENS;
    m.def("levels", [] {
        std::vector<std::string> names;
        for (const auto *each : levels()) names.emplace_back(each->name);
        return names;
    });
    m.def("run", run_job);
    m.def("alias_table", [](Address weights, Index count) {
        return bytes_of(alias_table(at<const double>(weights), count));
    });
    m.def("draw_negatives", [](Address noise, Index words, std::uint64_t seed, Index count) {
        std::vector<std::int32_t> drawn(count);
        const std::uint64_t key = key_of(seed, 0, Purpose::negatives);
        for (Index k = 0; k < count; ++k)
            drawn[k] = draw_word(at<const AliasEntry>(noise), words, draw(key, k));
        return bytes_of(drawn);
    });
    m.def("huffman", [](Address counts, Index count) {
        const Tree tree = huffman(at<const Index>(counts), count);
        return nb::make_tuple(bytes_of(tree.offsets), bytes_of(tree.nodes), bytes_of(tree.codes));
    });
}
