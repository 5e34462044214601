/* Measures libnl with the lists that `make bench` measures:
 *
 *     libnl HOW links|routes|addresses|neighbours ROUNDS
 *
 * HOW is `cache`, the interface with which libnl's documentation begins, or `objects`, which
 * parses the objects of the same reply into an array. Prints nanoseconds of wall time and of
 * CPU time per round, and the number of objects. A round ends when they are freed. Several rounds
 * follow one that is not measured; a single round does not. Between the lines that it writes to the
 * FIFO BENCH_CONTROL, `perf stat` counts.
 */
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <netlink/cache.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/object.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/neighbour.h>
#include <netlink/route/route.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct array {
	struct nl_object **objects;
	int size, count;
};

static void check(int err, const char *what)
{
	if (err < 0) {
		nl_perror(err, what);
		exit(1);
	}
}

static long long now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/* `perf stat --control`, if it has started this program. */
static void counter(const char *command)
{
	const char *control = getenv("BENCH_CONTROL"), *ack = getenv("BENCH_ACK");
	char answer[16];
	int out, in;

	if (!control || !ack)
		return;
	out = open(control, O_RDWR);
	in = open(ack, O_RDWR);
	if (out < 0 || in < 0 || write(out, command, strlen(command)) < 0 ||
	    read(in, answer, sizeof(answer)) < 0) {
		perror("BENCH_CONTROL");
		exit(1);
	}
	close(out);
	close(in);
}

static int cache(struct nl_sock *sock, const char *what)
{
	struct nl_cache *cache = NULL;
	int count;

	if (!strcmp(what, "links"))
		check(rtnl_link_alloc_cache(sock, AF_UNSPEC, &cache), what);
	else if (!strcmp(what, "routes"))
		check(rtnl_route_alloc_cache(sock, AF_UNSPEC, 0, &cache), what);
	else if (!strcmp(what, "neighbours"))
		check(rtnl_neigh_alloc_cache(sock, &cache), what);
	else
		check(rtnl_addr_alloc_cache(sock, &cache), what);
	count = nl_cache_nitems(cache);
	nl_cache_free(cache);
	return count;
}

static void keep(struct nl_object *object, void *arg)
{
	struct array *array = arg;

	if (array->count == array->size) {
		array->size = array->size ? 2 * array->size : 1024;
		array->objects = realloc(array->objects, array->size * sizeof(object));
		if (!array->objects)
			exit(1);
	}
	nl_object_get(object);
	array->objects[array->count++] = object;
}

static int parse(struct nl_msg *msg, void *arg)
{
	check(nl_msg_parse(msg, keep, arg), "nl_msg_parse");
	return NL_OK;
}

static int objects(struct nl_sock *sock, const char *what)
{
	int type = !strcmp(what, "links") ? RTM_GETLINK :
		   !strcmp(what, "routes") ? RTM_GETROUTE :
		   !strcmp(what, "neighbours") ? RTM_GETNEIGH : RTM_GETADDR;
	struct array array = {0};

	nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, parse, &array);
	check(nl_rtgen_request(sock, type, AF_UNSPEC, NLM_F_DUMP), what);
	check(nl_recvmsgs_default(sock), what);
	for (int i = 0; i < array.count; i++)
		nl_object_put(array.objects[i]);
	free(array.objects);
	return array.count;
}

int main(int argc, char **argv)
{
	struct nl_sock *sock = nl_socket_alloc();
	int (*list)(struct nl_sock *, const char *);
	long long wall, busy;
	int rounds, count = -1;

	if (argc != 4 || (rounds = atoi(argv[3])) < 1) {
		fprintf(stderr, "libnl cache|objects links|routes|addresses|neighbours ROUNDS\n");
		return 2;
	}
	list = strcmp(argv[1], "cache") ? objects : cache;
	check(nl_connect(sock, NETLINK_ROUTE), "nl_connect");
	if (rounds > 1)
		count = list(sock, argv[2]);
	counter("enable\n");
	wall = now(CLOCK_MONOTONIC);
	busy = now(CLOCK_PROCESS_CPUTIME_ID);
	for (int round = 0; round < rounds; round++) {
		int again = list(sock, argv[2]);

		if (count >= 0 && count != again) {
			fprintf(stderr, "%d, then %d\n", count, again);
			return 1;
		}
		count = again;
	}
	wall = now(CLOCK_MONOTONIC) - wall;
	busy = now(CLOCK_PROCESS_CPUTIME_ID) - busy;
	counter("disable\n");
	printf("%lld %lld\n%d\n", wall / rounds, busy / rounds, count);
	nl_socket_free(sock);
	return 0;
}
