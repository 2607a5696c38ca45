using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Slipway.Client.Runs;
using Slipway.Server.Tests.Commands;

namespace Slipway.Server.Tests.Features.Runs;

public sealed class LogStreamTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_client_that_comes_back_again_and_again_gets_every_line_once()
    {
        await using var server = await TrainingServer.StartAsync("""
            for i in $(seq 1 40); do echo "line $i"; sleep 0.03; done; printf 'unfinished'
            """);
        var run = await server.StartRunAsync();
        var (texts, last) = (new List<string>(), "");

        for (var isEnded = false; !isEnded;)
        {
            using var answer = await OpenAsync(server.Http, run.Id, last);
            using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Token));
            for (var left = 3; left > 0 && !isEnded; left--)
            {
                var (name, id, data) = await NextAsync(reader, one => one is "line" or "end");
                isEnded = name == "end";
                if (!isEnded)
                {
                    texts.Add(data.GetProperty("text").GetString()!);
                    last = id;
                }
            }
        }

        var whole = await server.LogsAsync(run.Id);
        Assert.Equal(whole.Select(line => line.Text), texts);
        Assert.Equal(1, texts.Count(text => text == "unfinished"));
    }

    [Fact]
    public async Task A_stream_that_began_in_the_queue_shows_the_lines_in_their_order()
    {
        await using var server = await TrainingServer.StartAsync("""
            [ "$GATE" ] && while [ ! -f open ]; do sleep 0.05; done; echo printed; [ "$SLIPWAY_ATTEMPT" = 2 ]
            """, "--Training:MaxRunsWithoutGpu=1");
        var holder = await server.StartRunAsync(new { env = new { GATE = "1" } });
        await server.RunningAsync(holder.Id);
        var run = await server.StartRunAsync();
        using var answer = await OpenAsync(server.Http, run.Id, "");
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Token));

        var first = await NextAsync(reader, name => name is "line");
        server.Open("open");
        List<string> ids = [first.Id];
        for (var next = await NextAsync(reader, _ => true); next.Name != "end"; next = await NextAsync(reader, _ => true))
        {
            ids.AddRange(next.Name == "line" ? [next.Id] : Array.Empty<string>());
        }

        Assert.Equal(["1", "2", "3", "4", "5"], ids);
        Assert.Equal(["queued", "starting", "running", "printed", "failed"], (await server.LogsAsync(run.Id)).Select(line => line.Text.Split(' ')[0]));
    }

    [Fact]
    public async Task A_bar_comes_as_frames_and_not_as_lines()
    {
        await using var server = await TrainingServer.StartAsync("""
            printf ' 10%%|#         | 1/10 [00:01<00:09, 1.0s/it]\r'; while [ ! -f open ]; do sleep 0.05; done
            printf '100%%|##########| 10/10 [00:10<00:00, 1.0s/it]\n'
            """);
        var run = await server.StartRunAsync();
        using var answer = await OpenAsync(server.Http, run.Id, "");
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Token));

        JsonElement frame;
        do
        {
            frame = (await NextAsync(reader, name => name is "frame")).Data.GetProperty("text");
        }
        while (frame.ValueKind == JsonValueKind.Null);
        server.Open("open");
        await server.EndOfAsync(run.Id);

        Assert.Contains("1/10", frame.GetString(), StringComparison.Ordinal);
        Assert.Contains("10/10", Assert.Single(await server.OutputAsync(run.Id)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("9223372036854775807")]
    [InlineData("-1")]
    [InlineData("not a number")]
    [InlineData("99999999999999999999999")]
    public async Task A_last_id_that_is_none_does_no_harm(string last)
    {
        await using var server = await TrainingServer.StartAsync("echo x");
        var run = await server.EndOfAsync((await server.StartRunAsync()).Id);

        using var answer = await OpenAsync(server.Http, run.Id, last);

        Assert.Contains("event: end", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pages_are_found_by_offset_level_and_text_and_refused_where_they_make_no_sense()
    {
        await using var server = await TrainingServer.StartAsync("""for i in $(seq 1 300); do echo "INFO number $i"; echo "ERROR number $i" >&2; done""");
        var run = await server.EndOfAsync((await server.StartRunAsync()).Id);

        using var page = await server.Http.GetAsync($"/runs/{run.Id}/logs?limit=2&offset=3", Token);
        var errors = await server.LogsAsync(run.Id, "level=error&limit=2&offset=100");
        var found = await server.LogsAsync(run.Id, "search=number 29&offset=2&limit=3");
        var late = await server.LogsAsync(run.Id, "from=100&offset=200&limit=1");
        var beyond = await server.LogsAsync(run.Id, "offset=2147483647&from=2");
        var wrong = await Task.WhenAll(new[] { "limit=0", "limit=5001", "offset=-1", "tail=0", "from=0", "level=loud", $"search={new string('x', 257)}" }
            .Select(query => server.SendAsync(HttpMethod.Get, $"/runs/{run.Id}/logs?{query}")));

        Assert.Equal(("604", "6"), (page.Headers.GetValues("X-Total-Count").Single(), page.Headers.GetValues("X-Next-Line").Single()));
        Assert.Equal(["ERROR number 101", "ERROR number 102"], errors.Select(line => line.Text));
        Assert.Equal(["INFO number 290", "ERROR number 290", "INFO number 291"], found.Select(line => line.Text));
        Assert.Equal(300, Assert.Single(late).Line);
        Assert.Empty(beyond);
        Assert.All(wrong, answer => Assert.Equal(422, answer.Status));
    }

    [Fact]
    public async Task Two_hundred_megabytes_and_a_slow_reader_cost_little_memory_and_no_line()
    {
        var folder = Directory.CreateTempSubdirectory("slipway-training-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "train.sh"), """sleep 1; yes "$(printf '%01000d' 7)" | head -n 200000""", Token);
        await File.WriteAllTextAsync(Path.Combine(folder, "data.jsonl"), "{}\n", Token);
        await File.WriteAllTextAsync(Path.Combine(folder, "train.yaml"), "stage: sft\n", Token);
        using var server = await ServingProgram.StartAsync(
            [("Training__Folder", folder), ("Training__Command__0", "sh"), ("Training__Command__1", "train.sh")], "--no-model");
        var run = await TrainingServer.StartRunAsync(server.Http);
        using var answer = await OpenAsync(server.Http, run.Id, "");
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Token));
        await NextAsync(reader, name => name is "line");
        var before = server.Memory.Now;

        await UntilEndedAsync(server.Http, run.Id);
        var lines = 1L;
        for (var next = await NextAsync(reader, name => name is "line" or "end"); next.Name == "line"; next = await NextAsync(reader, name => name is "line" or "end"))
        {
            Assert.Equal(++lines, long.Parse(next.Id, CultureInfo.InvariantCulture));
        }
        var grown = server.Memory.Most - before;

        Assert.Equal(200_004, lines);
        Assert.True(grown < 100L << 20, $"It grew by {grown >> 20} MiB.");
        TestData.Delete(folder);
    }

    private static async Task UntilEndedAsync(HttpClient http, string id)
    {
        var watch = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (!RunStatuses.IsFinal((await TrainingServer.ReadAsync<RunDetail>(await http.GetAsync($"/runs/{id}", Token))).Status))
        {
            Assert.True(watch.Elapsed < TimeSpan.FromMinutes(2), "It does not end.");
            await timer.WaitForNextTickAsync(Token);
        }
    }

    private static Task<HttpResponseMessage> OpenAsync(HttpClient http, string id, string last)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"/runs/{id}/logs/stream");
        if (last.Length > 0)
        {
            request.Headers.TryAddWithoutValidation("Last-Event-ID", last);
        }
        return http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
    }

    private static async Task<(string Name, string Id, JsonElement Data)> NextAsync(StreamReader reader, Func<string, bool> wanted)
    {
        var (name, id) = ("", "");
        while (await reader.ReadLineAsync(Token) is { } line)
        {
            name = line.StartsWith("event: ", StringComparison.Ordinal) ? line[7..] : name;
            id = line.StartsWith("id: ", StringComparison.Ordinal) ? line[4..] : id;
            if (line.StartsWith("data: ", StringComparison.Ordinal) && wanted(name))
            {
                return (name, id, JsonSerializer.Deserialize<JsonElement>(line[6..]));
            }
            id = line.Length == 0 ? "" : id;
        }
        throw new InvalidOperationException("The stream ended without an end.");
    }
}
