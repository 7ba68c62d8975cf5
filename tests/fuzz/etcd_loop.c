// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The loop, its calls and its stream. Time stands still: a timer fires when nothing else is left to do.
//
// Threads: all on the source's, but for loop_post() and those of the header; 'lock' guards what they share.
#include "etcd_loop.h"

#include <inferd/status.h>
#include <pthread.h>
#include "fuzz.h"
#include "rpc/call.h"
#include "rpc/stream.h"

struct rpc_method {
    int unused;
};

struct rpc_call {
    rpc_done_fn *done;
    void *user;
    bool cancelled;
};

struct rpc_stream {
    struct rpc_stream_user user;
    bool cancelled;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct loop_job *posted;
static bool finished; // the answers are
static bool alone;    // on this thread, which can't wait for a job

static struct inferd_bytes answers;
static unsigned rounds; // timers that fired
static struct rpc_call *call;
static struct rpc_stream *stream;
static struct loop_timer *timer;
static bool stopped;

static void begin(struct inferd_bytes input, bool is_alone)
{
    FUZZ_ALWAYS(!posted && !call && !stream);
    alone = is_alone;
    answers = input;
    rounds = 0;
    timer = NULL;
    finished = stopped = false;
}

void etcd_loop_begin(struct inferd_bytes input)
{
    begin(input, false);
}

void etcd_loop_begin_alone(struct inferd_bytes input)
{
    begin(input, true);
}

void etcd_loop_wait(void)
{
    pthread_mutex_lock(&lock);
    while (!finished)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}

// ---- calls and the stream

static bool next_answer(int *status, struct inferd_bytes *message)
{
    size_t len;

    if (answers.len < 3)
        return false;
    len = answers.data[0] | (size_t)answers.data[1] << 8;
    *status = answers.data[2] % (INFERD_UNAUTHENTICATED + 1);
    answers = (struct inferd_bytes){answers.data + 3, answers.len - 3};
    *message = (struct inferd_bytes){answers.data, len < answers.len ? len : answers.len};
    answers = (struct inferd_bytes){answers.data + message->len, answers.len - message->len};
    return true;
}

static void end_call(int status, struct inferd_bytes message)
{
    struct rpc_call ended = *call;
    struct rpc_result result = {.status = status, .hold = fuzz_copy(message)};
    struct inferd_bytes copy = {result.hold, message.len};

    *(status == INFERD_OK ? &result.reply : &result.detail) = copy;
    free(call);
    call = NULL;
    ended.done(ended.user, &result);
}

static void end_stream(int status, struct inferd_bytes detail)
{
    struct rpc_stream ended = *stream;

    free(stream);
    stream = NULL;
    ended.user.on_end(ended.user.user, status, detail);
}

// One answer to who waits for it. False: there is none.
static bool answer(void)
{
    struct inferd_bytes message;
    int status;

    if ((!call && !stream) || !next_answer(&status, &message))
        return false;
    if (call) {
        end_call(status, message);
    } else {
        uint8_t *copy = fuzz_copy(message);

        message.data = copy;
        if (status == INFERD_OK)
            stream->user.on_message(stream->user.user, message);
        else
            end_stream(status, message);
        free(copy);
    }
    return true;
}

struct rpc_pool *rpc_pool_new(struct loop *loop)
{
    return (struct rpc_pool *)loop;
}

void rpc_pool_free(struct rpc_pool *pool)
{
    (void)pool;
    FUZZ_ALWAYS(!call && !stream);
}

struct rpc_method *rpc_method_open(struct rpc_pool *pool, const struct rpc_method_options *options, char *error,
                                   size_t size)
{
    (void)pool;
    (void)options;
    (void)error;
    (void)size;
    return calloc(1, sizeof(struct rpc_method));
}

void rpc_method_close(struct rpc_method *method)
{
    free(method);
}

uint8_t *rpc_message_new(size_t size)
{
    return malloc(size ? size : 1);
}

struct rpc_call *rpc_call_start(struct rpc_method *method, uint8_t *message, size_t size, int64_t deadline_us,
                                struct grpc_call *parent, const struct rpc_header *extra, size_t extra_count,
                                rpc_done_fn *done, void *user)
{
    (void)method;
    (void)size;
    (void)deadline_us;
    (void)parent;
    for (size_t i = 0; i < extra_count; i++)
        FUZZ_ALWAYS(extra[i].name && extra[i].value);
    free(message);
    FUZZ_ALWAYS(!call && !stream);
    call = calloc(1, sizeof(*call));
    FUZZ_ALWAYS(call);
    *call = (struct rpc_call){done, user, false};
    return call;
}

void rpc_call_cancel(struct rpc_call *one)
{
    one->cancelled = true;
}

void rpc_release(void *hold)
{
    free(hold);
}

struct rpc_stream *rpc_stream_open(struct rpc_method *method, const struct rpc_header *extra, size_t extra_count,
                                   const struct rpc_stream_user *user)
{
    (void)method;
    (void)extra;
    (void)extra_count;
    FUZZ_ALWAYS(!call && !stream);
    stream = calloc(1, sizeof(*stream));
    FUZZ_ALWAYS(stream);
    stream->user = *user;
    return stream;
}

bool rpc_stream_send(struct rpc_stream *one, uint8_t *message, size_t size)
{
    (void)size;
    free(message);
    return !one->cancelled;
}

void rpc_stream_cancel(struct rpc_stream *one)
{
    one->cancelled = true;
}

// ---- the loop

struct loop *loop_new(void)
{
    return (struct loop *)&posted; // anything that isn't NULL
}

void loop_free(struct loop *loop)
{
    (void)loop;
}

int64_t loop_now_us(const struct loop *loop)
{
    (void)loop;
    return 1000000000;
}

bool loop_timer_arm(struct loop *loop, struct loop_timer *armed, int64_t at_us)
{
    (void)loop;
    (void)at_us;
    timer = armed;
    return true;
}

void loop_timer_drop(struct loop *loop, struct loop_timer *armed)
{
    (void)loop;
    if (timer == armed)
        timer = NULL;
}

void loop_post(struct loop *loop, struct loop_job *job)
{
    (void)loop;
    pthread_mutex_lock(&lock);
    FUZZ_ALWAYS(!posted);
    posted = job;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

void loop_stop(struct loop *loop)
{
    (void)loop;
    stopped = true;
}

static struct loop_job *take_job(bool wait)
{
    struct loop_job *job;

    pthread_mutex_lock(&lock);
    while (wait && !posted) {
        finished = true;
        pthread_cond_broadcast(&changed);
        pthread_cond_wait(&changed, &lock);
    }
    job = posted;
    posted = NULL;
    pthread_mutex_unlock(&lock);
    return job;
}

static bool fire_timer(void)
{
    struct loop_timer *fired = timer;

    if (!fired || (answers.len < 3 && !stream) || rounds++ == 1000)
        return false;
    timer = NULL;
    fired->fn(fired);
    return true;
}

static bool end_cancelled(void)
{
    const struct inferd_bytes none = {NULL, 0};

    if (call && call->cancelled)
        end_call(INFERD_CANCELLED, none);
    else if (stream && stream->cancelled)
        end_stream(INFERD_CANCELLED, none);
    else
        return false;
    return true;
}

// Nobody answers any more.
static bool end_alone(void)
{
    const struct inferd_bytes none = {NULL, 0};

    if (alone && call)
        end_call(INFERD_UNAVAILABLE, none);
    else if (alone && stream)
        end_stream(INFERD_UNAVAILABLE, none);
    else
        FUZZ_ALWAYS(!alone); // it would wait for nothing
    return alone;
}

void loop_run(struct loop *loop)
{
    struct loop_job *job;

    (void)loop;
    stopped = false;
    while (!stopped) {
        job = take_job(false);
        if (!job && (end_cancelled() || answer() || fire_timer() || end_alone()))
            continue;
        if (!job)
            job = take_job(true);
        job->fn(job);
    }
}
