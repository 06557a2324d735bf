/* What the headers of ISO C's extensions share: TS 18661 and the dynamic memory extensions of TR 24731-2.
   Included (not guarded) by the headers that have such parts, in place of <features.h>. */
#include <features.h>

#undef __GLIBC_USE_LIB_EXT2
#if defined __USE_GNU || (defined __STDC_WANT_LIB_EXT2__ && __STDC_WANT_LIB_EXT2__ > 0)
# define __GLIBC_USE_LIB_EXT2 1
#else
# define __GLIBC_USE_LIB_EXT2 0
#endif

#undef __GLIBC_USE_IEC_60559_BFP_EXT
#undef __GLIBC_USE_IEC_60559_BFP_EXT_C2X
#if defined __USE_GNU || defined __STDC_WANT_IEC_60559_BFP_EXT__
# define __GLIBC_USE_IEC_60559_BFP_EXT 1
#else
# define __GLIBC_USE_IEC_60559_BFP_EXT 0
#endif
#if __GLIBC_USE_IEC_60559_BFP_EXT || __GLIBC_USE(ISOC2X)
# define __GLIBC_USE_IEC_60559_BFP_EXT_C2X 1
#else
# define __GLIBC_USE_IEC_60559_BFP_EXT_C2X 0
#endif

#undef __GLIBC_USE_IEC_60559_EXT
#if __GLIBC_USE(ISOC2X) || defined __USE_GNU || defined __STDC_WANT_IEC_60559_EXT__
# define __GLIBC_USE_IEC_60559_EXT 1
#else
# define __GLIBC_USE_IEC_60559_EXT 0
#endif

#undef __GLIBC_USE_IEC_60559_FUNCS_EXT
#undef __GLIBC_USE_IEC_60559_FUNCS_EXT_C2X
#if defined __USE_GNU || defined __STDC_WANT_IEC_60559_FUNCS_EXT__
# define __GLIBC_USE_IEC_60559_FUNCS_EXT 1
#else
# define __GLIBC_USE_IEC_60559_FUNCS_EXT 0
#endif
#if __GLIBC_USE_IEC_60559_FUNCS_EXT || __GLIBC_USE(ISOC2X)
# define __GLIBC_USE_IEC_60559_FUNCS_EXT_C2X 1
#else
# define __GLIBC_USE_IEC_60559_FUNCS_EXT_C2X 0
#endif

#undef __GLIBC_USE_IEC_60559_TYPES_EXT
#if defined __USE_GNU || defined __STDC_WANT_IEC_60559_TYPES_EXT__
# define __GLIBC_USE_IEC_60559_TYPES_EXT 1
#else
# define __GLIBC_USE_IEC_60559_TYPES_EXT 0
#endif
