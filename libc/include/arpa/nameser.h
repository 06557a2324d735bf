/* <arpa/nameser.h>: messages of the domain name system (RFC 1035), and the functions that take them apart. BIND. */
#ifndef _ARPA_NAMESER_H
#define _ARPA_NAMESER_H 1

#include <features.h>
#include <sys/types.h>
#include <stdint.h>

#define NS_PACKETSZ 512
#define NS_MAXDNAME 1025
#define NS_MAXMSG 65535
#define NS_MAXCDNAME 255
#define NS_MAXLABEL 63
#define NS_MAXLABELS 128
#define NS_HFIXEDSZ 12
#define NS_QFIXEDSZ 4
#define NS_RRFIXEDSZ 10
#define NS_INT32SZ 4
#define NS_INT16SZ 2
#define NS_INT8SZ 1
#define NS_INADDRSZ 4
#define NS_IN6ADDRSZ 16
#define NS_CMPRSFLGS 0xc0
#define NS_DEFAULTPORT 53

typedef enum __ns_sect {
    ns_s_qd = 0,
    ns_s_zn = 0,
    ns_s_an = 1,
    ns_s_pr = 1,
    ns_s_ns = 2,
    ns_s_ud = 2,
    ns_s_ar = 3,
    ns_s_max = 4
} ns_sect;

typedef enum __ns_opcode {
    ns_o_query = 0,
    ns_o_iquery = 1,
    ns_o_status = 2,
    ns_o_notify = 4,
    ns_o_update = 5,
    ns_o_max = 6
} ns_opcode;

typedef enum __ns_rcode {
    ns_r_noerror = 0,
    ns_r_formerr = 1,
    ns_r_servfail = 2,
    ns_r_nxdomain = 3,
    ns_r_notimpl = 4,
    ns_r_refused = 5,
    ns_r_yxdomain = 6,
    ns_r_yxrrset = 7,
    ns_r_nxrrset = 8,
    ns_r_notauth = 9,
    ns_r_notzone = 10,
    ns_r_max = 11,
    ns_r_badvers = 16,
    ns_r_badsig = 16,
    ns_r_badkey = 17,
    ns_r_badtime = 18
} ns_rcode;

typedef enum __ns_type {
    ns_t_invalid = 0,
    ns_t_a = 1,
    ns_t_ns = 2,
    ns_t_cname = 5,
    ns_t_soa = 6,
    ns_t_null = 10,
    ns_t_wks = 11,
    ns_t_ptr = 12,
    ns_t_hinfo = 13,
    ns_t_mx = 15,
    ns_t_txt = 16,
    ns_t_aaaa = 28,
    ns_t_srv = 33,
    ns_t_naptr = 35,
    ns_t_dname = 39,
    ns_t_opt = 41,
    ns_t_ixfr = 251,
    ns_t_axfr = 252,
    ns_t_any = 255,
    ns_t_max = 65536
} ns_type;

typedef enum __ns_class {
    ns_c_invalid = 0,
    ns_c_in = 1,
    ns_c_2 = 2,
    ns_c_chaos = 3,
    ns_c_hs = 4,
    ns_c_none = 254,
    ns_c_any = 255,
    ns_c_max = 65536
} ns_class;

typedef enum __ns_flag {
    ns_f_qr,
    ns_f_opcode,
    ns_f_aa,
    ns_f_tc,
    ns_f_rd,
    ns_f_ra,
    ns_f_z,
    ns_f_ad,
    ns_f_cd,
    ns_f_rcode,
    ns_f_max
} ns_flag;

/* A message that is being taken apart. */
typedef struct __ns_msg {
    const unsigned char *_msg, *_eom;
    uint16_t _id, _flags, _counts[ns_s_max];
    const unsigned char *_sections[ns_s_max];
    ns_sect _sect;
    int _rrnum;
    const unsigned char *_msg_ptr;
} ns_msg;

/* One of its records. */
typedef struct __ns_rr {
    char name[NS_MAXDNAME];
    uint16_t type;
    uint16_t rr_class;
    uint32_t ttl;
    uint16_t rdlength;
    const unsigned char *rdata;
} ns_rr;

struct _ns_flagdata {
    int mask, shift;
};
extern const struct _ns_flagdata _ns_flagdata[16];

#define ns_msg_id(handle) ((handle)._id + 0)
#define ns_msg_base(handle) ((handle)._msg + 0)
#define ns_msg_end(handle) ((handle)._eom + 0)
#define ns_msg_size(handle) ((handle)._eom - (handle)._msg)
#define ns_msg_count(handle, section) ((handle)._counts[section] + 0)
#define ns_msg_getflag(handle, flag) \
    (((handle)._flags & _ns_flagdata[flag].mask) >> _ns_flagdata[flag].shift)
#define ns_rr_name(record) (((record).name[0] != '\0') ? (record).name : ".")
#define ns_rr_type(record) ((ns_type)((record).type + 0))
#define ns_rr_class(record) ((ns_class)((record).rr_class + 0))
#define ns_rr_ttl(record) ((record).ttl + 0)
#define ns_rr_rdlen(record) ((record).rdlength + 0)
#define ns_rr_rdata(record) ((record).rdata + 0)

#define NS_GET16(number, place) ((number) = (uint16_t)(((place)[0] << 8) | (place)[1]), (place) += 2)
#define NS_GET32(number, place)                                                                        \
    ((number) = ((uint32_t)(place)[0] << 24) | ((uint32_t)(place)[1] << 16) | ((uint32_t)(place)[2] << 8) | \
                (uint32_t)(place)[3],                                                                  \
     (place) += 4)
#define NS_PUT16(number, place) \
    ((place)[0] = (unsigned char)((uint16_t)(number) >> 8), (place)[1] = (unsigned char)(number), (place) += 2)
#define NS_PUT32(number, place)                              \
    ((place)[0] = (unsigned char)((uint32_t)(number) >> 24), \
     (place)[1] = (unsigned char)((uint32_t)(number) >> 16), \
     (place)[2] = (unsigned char)((uint32_t)(number) >> 8), (place)[3] = (unsigned char)(number), (place) += 4)

__BEGIN_DECLS
extern unsigned int ns_get16(const unsigned char *place) __THROW;
extern unsigned long int ns_get32(const unsigned char *place) __THROW;
extern void ns_put16(unsigned int number, unsigned char *place) __THROW;
extern void ns_put32(unsigned long int number, unsigned char *place) __THROW;
extern int ns_initparse(const unsigned char *message, int length, ns_msg *handle) __THROW;
extern int ns_skiprr(const unsigned char *place, const unsigned char *end, ns_sect section, int count) __THROW;
extern int ns_parserr(ns_msg *handle, ns_sect section, int number, ns_rr *record) __THROW;
extern int ns_name_uncompress(const unsigned char *message, const unsigned char *end, const unsigned char *place,
                              char *text, size_t size) __THROW;
extern int ns_name_skip(const unsigned char **place, const unsigned char *end) __THROW;
__END_DECLS

#include <arpa/nameser_compat.h>

#endif
