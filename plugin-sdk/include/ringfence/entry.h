/* SPDX-License-Identifier: MIT */
/*
 * The compile-time checks of PLUGIN_ENTRY(): each parameter of an entry must fit into 32
 * bits, because the kernel passes 32-bit words. Included by <ringfence/plugin.h> only.
 *
 * PLUGIN_COUNT(arguments...) is the number of arguments, at most 20; 1 for none and for
 * void. PLUGIN_CHECK_ARGUMENTS(function, arguments...) does not compile unless each
 * argument is an integer of at most 32 bits or a pointer.
 */
#ifndef RINGFENCE_ENTRY_H
#define RINGFENCE_ENTRY_H

#include <stdint.h>

#define PLUGIN_21ST(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, number, ...) number
#define PLUGIN_COUNT(...)                                                                         \
	PLUGIN_21ST(__VA_ARGS__, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, \
		    2, 1, 0)

#ifdef __cplusplus

template <class T> struct plugin_word {
	static const bool good = sizeof(T) <= 4 && !__is_class(T) && !__is_union(T);
};
template <> struct plugin_word<float> {
	static const bool good = false;
};
template <class... Args> struct plugin_words {
	static const bool good = true;
};
template <class First, class... Rest> struct plugin_words<First, Rest...> {
	static const bool good = plugin_word<First>::good && plugin_words<Rest...>::good;
};
template <class... Args> constexpr bool plugin_takes_words(uint32_t (*)(Args...))
{
	return plugin_words<Args...>::good;
}
template <class... Args> constexpr bool plugin_takes_words(uint32_t (*)(Args..., ...))
{
	return false;
}

#define PLUGIN_CHECK_ARGUMENTS(function, ...)       \
	static_assert(plugin_takes_words(function), \
		      "PLUGIN_ENTRY: an argument is an integer of at most 32 bits or a pointer");

#else

#define PLUGIN_PASTE_(a, b)	    a##b
#define PLUGIN_PASTE(a, b)	    PLUGIN_PASTE_(a, b)

/* 1 for void and for no argument, else 0: of `void *p`, `*` follows PLUGIN_ARGUMENT_void. */
#define PLUGIN_SECOND(a, b, ...)    b
#define PLUGIN_SECOND_OF(...)	    PLUGIN_SECOND(__VA_ARGS__, 0, 0)
#define PLUGIN_ARGUMENT_void()	    0, 1
#define PLUGIN_ARGUMENT_()	    0, 1
#define PLUGIN_IS_VOID_(first, ...) PLUGIN_SECOND_OF(PLUGIN_ARGUMENT_##first())
#define PLUGIN_IS_VOID(...)	    PLUGIN_IS_VOID_(__VA_ARGS__, 0)

/* Rejects 64-bit integers and floating point. */
#define PLUGIN_CHECK_ONE(argument)                                                             \
	_Static_assert(_Generic((void (*)(argument))0, void (*)(long long) : 0,                \
				void (*)(unsigned long long) : 0, void (*)(float) : 0,         \
				void (*)(double) : 0, void (*)(long double) : 0, default : 1), \
		       "PLUGIN_ENTRY: an argument is an integer of at most 32 bits or a pointer");
#define PLUGIN_CHECK_1(a)		 PLUGIN_CHECK_ONE(a)
#define PLUGIN_CHECK_2(a, b)		 PLUGIN_CHECK_ONE(a) PLUGIN_CHECK_ONE(b)
#define PLUGIN_CHECK_3(a, b, c)		 PLUGIN_CHECK_2(a, b) PLUGIN_CHECK_ONE(c)
#define PLUGIN_CHECK_4(a, b, c, d)	 PLUGIN_CHECK_3(a, b, c) PLUGIN_CHECK_ONE(d)
#define PLUGIN_CHECK_5(a, b, c, d, e)	 PLUGIN_CHECK_4(a, b, c, d) PLUGIN_CHECK_ONE(e)
#define PLUGIN_CHECK_6(a, b, c, d, e, f) PLUGIN_CHECK_5(a, b, c, d, e) PLUGIN_CHECK_ONE(f)

/* Rejects structures and unions, for which 0 cannot be passed, and a result not of 4 bytes. */
#define PLUGIN_ZEROS_1			 0
#define PLUGIN_ZEROS_2			 0, 0
#define PLUGIN_ZEROS_3			 0, 0, 0
#define PLUGIN_ZEROS_4			 0, 0, 0, 0
#define PLUGIN_ZEROS_5			 0, 0, 0, 0, 0
#define PLUGIN_ZEROS_6			 0, 0, 0, 0, 0, 0
#define PLUGIN_CHECK_CALL(function, zeros) \
	_Static_assert(sizeof(function(zeros)) == 4, "PLUGIN_ENTRY: it returns a word");

#define PLUGIN_CHECK_VOID_1(function, ...)
#define PLUGIN_CHECK_VOID_0(function, ...)                     \
	PLUGIN_PASTE(PLUGIN_CHECK_, PLUGIN_COUNT(__VA_ARGS__)) \
	(__VA_ARGS__) PLUGIN_CHECK_CALL(function,              \
					PLUGIN_PASTE(PLUGIN_ZEROS_, PLUGIN_COUNT(__VA_ARGS__)))
#define PLUGIN_CHECK_ARGUMENTS(function, ...) \
	PLUGIN_PASTE(PLUGIN_CHECK_VOID_, PLUGIN_IS_VOID(__VA_ARGS__))(function, __VA_ARGS__)

#endif /* __cplusplus */
#endif /* RINGFENCE_ENTRY_H */
