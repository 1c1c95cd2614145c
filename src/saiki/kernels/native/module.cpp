// The Python face: addresses and sizes of tensors that saiki/kernels/_native.py has checked.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <string>

#include "call.h"
#include "openmp.h"
#include "reserve.h"

namespace nb = nanobind;
using saiki::Call;
using saiki::Index;
using Address = std::uintptr_t;

namespace {

const saiki::Level &level(int k) { return *saiki::levels().at(k); }

// A torch tensor of floats on a block of the reserve, which gets it back when the tensor dies.
nb::ndarray<nb::pytorch, float, nb::ndim<1>> new_buffer(std::size_t count) {
    auto *block = new saiki::Block(saiki::take_block(static_cast<Index>(count * sizeof(float))));
    nb::capsule owner(block, [](void *p) noexcept {
        auto *mine = static_cast<saiki::Block *>(p);
        saiki::give_block(*mine);
        delete mine;
    });
    return {block->data, {count}, owner};
}

// A stack of layers that takes one step at a time. Layer k reads what layer k - 1 wrote.
struct Steps {
    int at;
    std::vector<Call *> layers;

    void take(Address x, Address y) const {
        const auto *from = reinterpret_cast<const float *>(x);
        for (Call *call : layers) {
            call->x.data = from;
            if (call == layers.back()) call->y.data = reinterpret_cast<float *>(y);
            level(at).forward(*call);
            call->packed = true;
            from = call->y.data;
        }
    }
};

void softmax(int at, Address logits, Index rows, Index columns, Index row, bool is_bf16,
             bool writes, Address targets, Address bias, Address nats, Address sums,
             Address work, int threads) {
    level(at).softmax({reinterpret_cast<void *>(logits), rows, columns, row, is_bf16, writes,
                       reinterpret_cast<const Index *>(targets),
                       reinterpret_cast<const float *>(bias), reinterpret_cast<double *>(nats),
                       reinterpret_cast<float *>(sums), reinterpret_cast<float *>(work), threads});
}

}  // namespace

#define ADDRESS(name, member)                                                        \
    .def_prop_rw(                                                                    \
        name, [](const Call &c) { return reinterpret_cast<Address>(c.member); },     \
        [](Call &c, Address a) { c.member = reinterpret_cast<decltype(c.member)>(a); })
#define VALUE(member)                                                                \
    .def_prop_rw(                                                                    \
        #member, [](const Call &c) { return static_cast<Index>(c.member); },         \
        [](Call &c, Index v) { c.member = static_cast<decltype(c.member)>(v); })
#define STEPS(member)                                                                \
    .def("set_" #member, [](Call &c, Address a, Index step, Index row) {             \
        c.member = {reinterpret_cast<decltype(c.member.data)>(a), step, row};        \
    })
#define PARAMETER(member) \
    ADDRESS(#member, weights.member) ADDRESS("d" #member, gradients.member)

NB_MODULE(_native, m) {
    saiki::borrow_threads(saiki::run_on_openmp);
    nb::class_<Call>(m, "Call")
        .def(nb::init<>())
        // clang-format off
        VALUE(cell) VALUE(activation) VALUE(stage) VALUE(reverse) VALUE(training) VALUE(packed) VALUE(adds)
        VALUE(steps) VALUE(batch) VALUE(inputs) VALUE(hidden) VALUE(threads)
        PARAMETER(weight_ih) PARAMETER(weight_hh) PARAMETER(bias_ih) PARAMETER(bias_hh)
        PARAMETER(peephole) PARAMETER(norm_ih) PARAMETER(norm_hh) PARAMETER(norm_cell)
        PARAMETER(norm_cell_bias)
        STEPS(x) STEPS(y) STEPS(dy) STEPS(dx)
        ADDRESS("mask", mask) ADDRESS("first_h", first_h) ADDRESS("first_c", first_c)
        ADDRESS("last_h", last_h) ADDRESS("last_c", last_c)
        ADDRESS("dlast_h", dlast_h) ADDRESS("dlast_c", dlast_c)
        ADDRESS("dfirst_h", dfirst_h) ADDRESS("dfirst_c", dfirst_c)
        ADDRESS("saved", saved) ADDRESS("work", work)
        // clang-format on
        .def("sort", [](Call &c, Address lengths) {
            c.sort(reinterpret_cast<const Index *>(lengths));
        });
    m.def("levels", [] {
        std::vector<std::string> names;
        for (const auto *each : saiki::levels()) names.emplace_back(each->name);
        return names;
    });
    m.def("measure", [](int at, const Call &call) {
        const saiki::Sizes sizes = level(at).measure(call);
        return nb::make_tuple(sizes.saved, sizes.forward, sizes.backward);
    });
    m.def("forward", [](int at, const Call &call) { level(at).forward(call); },
          nb::call_guard<nb::gil_scoped_release>());
    m.def("backward", [](int at, const Call &call) { level(at).backward(call); },
          nb::call_guard<nb::gil_scoped_release>());
    nb::class_<Steps>(m, "Steps")
        .def("__init__", [](Steps *self, int at, std::vector<Call *> layers) {
            new (self) Steps{at, std::move(layers)};
        })
        .def("take", &Steps::take, nb::call_guard<nb::gil_scoped_release>());
    m.def("new_buffer", new_buffer);
    m.def("show", [](int at, const Call &call, int place, Address to, Index step, Index row) {
        level(at).show(call, static_cast<saiki::Place>(place),
                       {reinterpret_cast<float *>(to), step, row});
    });
    m.def("softmax_work", &saiki::softmax_work);
    m.def("softmax", softmax, nb::call_guard<nb::gil_scoped_release>());
    m.def("apply", [](int at, int function, Address x, Address y, Index count) {
        level(at).apply(static_cast<saiki::Activation>(function),
                        reinterpret_cast<const float *>(x), reinterpret_cast<float *>(y), count);
    });
}
