// SPDX-License-Identifier: GPL-2.0-only
/*
 * The graft point `packet`: what becomes of a datagram at a UDP socket. Datagrams arrive in a
 * softirq, also those that a process sends to this machine. This file allocates with GFP_ATOMIC and
 * never waits.
 */
#include <linux/ip.h>
#include <linux/jhash.h>
#include <linux/ringfence_graft.h>
#include <linux/skbuff.h>
#include <linux/udp.h>
#include <net/inet_sock.h>
#include <net/ip.h>
#include <net/route.h>
#include <net/sock.h>
#include <net/udp.h>

#include "audit.h"
#include "packet_answer.h"
#include "points.h"

struct packet {
	struct sock *sk;
	const struct sk_buff *skb;
	u32 direction;
	u32 payload; /* offset of the payload in the skb */
	u32 length;  /* of the payload */
	struct packet_answer answer;
	struct sk_buff *reply; /* NULL: there was no memory, or the socket sends too much already */
};

/* The datagram has all of its bytes, so the copy cannot fail. */
static void write_payload(void *what, void *window)
{
	const struct packet *packet = what;
	struct packet_window *question = window;

	skb_copy_bits(packet->skb, packet->payload, question->payload,
		      min(packet->length, PACKET_BYTES));
}

/* The reply as a datagram without headers, charged to the socket's send buffer; or NULL. */
static struct sk_buff *copy_reply(struct sock *sk, const u8 *bytes, u32 nr)
{
	const u32 room = MAX_HEADER + sizeof(struct iphdr) + sizeof(struct udphdr);
	struct sk_buff *reply = sock_wmalloc(sk, room + nr, 0, GFP_ATOMIC);

	if (!reply)
		return NULL;
	skb_reserve(reply, room);
	skb_put_data(reply, bytes, nr);
	return reply;
}

/* The bytes of a reply are the graft's own, and nothing judges them. */
static const char *check_answer(void *what, const void *window, u32 value)
{
	const struct packet_window *answer = window;
	struct packet *packet = what;
	const char *refusal = packet_judge(value, packet->direction, &packet->answer);

	if (!refusal && packet->answer.verdict == PACKET_REPLIES)
		packet->reply = copy_reply(packet->sk, answer->reply, packet->answer.reply_bytes);
	return refusal;
}

/* For an audit: the datagram, and how many the socket has dropped. */
static u32 hash_datagram(const void *what)
{
	const struct packet *packet = what;

	return jhash_3words(
		(__force u32)skb_checksum(packet->skb, packet->payload, packet->length, 0),
		packet->skb->len, atomic_read(&packet->sk->sk_drops),
		refcount_read(&packet->skb->users));
}

/* Returns false if the kernel is to decide: no graft is for the socket, or the graft failed. */
static bool ask(struct packet *packet, __be32 address, __be16 port)
{
	u32 args[] = { 0,
		       packet->direction,
		       packet->length,
		       ntohl(address),
		       ntohs(port),
		       inet_sk(packet->sk)->inet_num };
	const struct core_question question = {
		.point = &point_packet,
		.keys = { [CORE_SCOPE_SOCKET] = POINT_SOCKET_KEY(packet->sk) },
		.args = args,
		.write = write_payload,
		.check = check_answer,
		.what = packet,
	};

	if (audited_ask(&question, hash_datagram))
		return true;
	kfree_skb(packet->reply);
	return false;
}

static void count(const struct sock *sk, int field)
{
	UDP_INC_STATS(sock_net(sk), field, 0);
}

/*
 * Find the way back to the sender of the request, as a send by the socket would. The reply's own
 * address is the one that the request was for, unless others have that address too. NULL: there is
 * no way, or it is a broadcast that the socket may not send.
 */
static struct rtable *route_back(struct sock *sk, const struct sk_buff *request, struct flowi4 *fl4)
{
	bool for_many = skb_rtable(request)->rt_flags & (RTCF_BROADCAST | RTCF_MULTICAST);
	const struct inet_sock *inet = inet_sk(sk);
	struct rtable *rt;

	flowi4_init_output(fl4, sk->sk_bound_dev_if, READ_ONCE(sk->sk_mark), RT_CONN_FLAGS(sk),
			   RT_SCOPE_UNIVERSE, sk->sk_protocol, inet_sk_flowi_flags(sk),
			   ip_hdr(request)->saddr,
			   for_many ? inet->inet_saddr : ip_hdr(request)->daddr,
			   udp_hdr(request)->source, inet->inet_sport, sk->sk_uid);
	rt = ip_route_output_flow(sock_net(sk), fl4, sk);
	if (IS_ERR(rt))
		return NULL;
	if (!(rt->rt_flags & RTCF_BROADCAST) || sock_flag(sk, SOCK_BROADCAST))
		return rt;
	ip_rt_put(rt);
	return NULL;
}

static void send_reply(struct sock *sk, const struct sk_buff *request, struct sk_buff *reply)
{
	struct udphdr *header;
	struct rtable *rt;
	struct flowi4 fl4;

	rt = reply ? route_back(sk, request, &fl4) : NULL;
	if (!rt) {
		kfree_skb(reply);
		count(sk, UDP_MIB_SNDBUFERRORS);
		return;
	}
	skb_dst_set(reply, &rt->dst);
	header = skb_push(reply, sizeof(*header));
	skb_reset_transport_header(reply);
	header->source = inet_sk(sk)->inet_sport;
	header->dest = udp_hdr(request)->source;
	header->len = htons(reply->len);
	udp_set_csum(sk->sk_no_check_tx, reply, fl4.saddr, fl4.daddr, reply->len);
	count(sk, UDP_MIB_OUTDATAGRAMS);
	ip_build_and_send_pkt(reply, sk, fl4.saddr, fl4.daddr, NULL, inet_sk(sk)->tos);
}

bool graft_ask_packet_in(struct sock *sk, struct sk_buff *skb)
{
	struct packet packet = {
		.sk = sk,
		.skb = skb,
		.direction = PACKET_IN,
		.payload = sizeof(struct udphdr),
		.length = skb->len - sizeof(struct udphdr),
	};

	/* The kernel drops a datagram with a wrong checksum later, and counts it. */
	if (sk->sk_family != AF_INET || udp_lib_checksum_complete(skb))
		return false;
	if (!ask(&packet, ip_hdr(skb)->saddr, udp_hdr(skb)->source) ||
	    packet.answer.verdict == PACKET_PASSES)
		return false;
	if (packet.answer.verdict == PACKET_DROPS) {
		/* As for a datagram that the socket's own filter drops. */
		count(sk, UDP_MIB_INERRORS);
		atomic_inc(&sk->sk_drops);
		kfree_skb_reason(skb, SKB_DROP_REASON_SOCKET_FILTER);
		return true;
	}
	count(sk, UDP_MIB_INDATAGRAMS);
	send_reply(sk, skb, packet.reply);
	consume_skb(skb);
	return true;
}

bool graft_ask_packet_out(struct sk_buff *skb, const struct flowi4 *fl4)
{
	struct packet packet = {
		.sk = skb->sk,
		.skb = skb,
		.direction = PACKET_OUT,
		.payload = skb_transport_offset(skb) + sizeof(struct udphdr),
	};

	packet.length = skb->len - packet.payload;
	if (!ask(&packet, fl4->daddr, fl4->fl4_dport) || packet.answer.verdict == PACKET_PASSES)
		return false;
	kfree_skb(skb);
	return true;
}
