using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Client;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Quantization;
using Slipway.Engine.Tests.Architectures;
using Slipway.Server.Platform.Memory;
using Slipway.Server.Serving.Formats;
using Slipway.Server.Tests.Models;

namespace Slipway.Server.Tests.Features.Generation;

public sealed class QuantizationTests : IDisposable
{
    private const string Path = "/quantization";
    private const long Plenty = 1L << 40;

    private readonly string _folder = Directory.CreateTempSubdirectory("slipway-formats-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => TestData.Delete(_folder);

    [Fact]
    public async Task The_format_in_use_is_told_and_what_it_can_become_with_the_bytes_of_each()
    {
        await using var server = await ServeAsync(Write("m-bf16", GgmlType.BF16));

        var (status, body) = await server.GetAsync(Path);

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("bf16", body.Field("current"));
        Assert.Equal("BF16", body.Field("type"));
        Assert.Equal(["int8", "int4", "fp16", "bf16"], Names(body, "available"));
        Assert.Equal(["int8", "int4", "fp16"], Names(body, "to_be_made"));
        Assert.Equal(JsonValueKind.Null, body.GetProperty("switching").ValueKind);
        long Bytes(string format) => body.GetProperty("bytes").GetProperty(format).GetInt64();
        Assert.True(0 < Bytes("int4") && Bytes("int4") < Bytes("int8") && Bytes("int8") < Bytes("bf16"), $"{body}");
    }

    [Fact]
    public async Task A_switch_answers_when_the_model_computes_with_the_format_and_keeps_its_names()
    {
        await using var server = await ServeAsync(Write("m-bf16", GgmlType.BF16));
        var (_, before) = await server.PostAsync("/generate", new { prompt = "p", max_length = 3 });

        var (status, body) = await server.PostAsync(Path, new { format = "int8" });

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(("int8", "Q8_0"), (body.Field("current"), body.Field("type")));
        Assert.Equal(["int4", "fp16"], Names(body, "to_be_made"));
        Assert.Equal("Q8_0", server.Host().Current!.Model.Quantization);
        foreach (var name in new[] { "m-bf16", before.Field("model") })
        {
            var (generated, text) = await server.PostAsync("/generate", new { prompt = "p", max_length = 3, model = name });
            Assert.Equal((HttpStatusCode.OK, before.Field("model")), (generated, text.Field("model")));
        }
    }

    [Fact]
    public async Task What_was_made_once_is_there_for_the_next_time_until_its_source_changes()
    {
        var path = Write("m-bf16", GgmlType.BF16);
        await using var server = await ServeAsync(path);
        await server.PostAsync(Path, new { format = "int4" });
        var (_, back) = await server.PostAsync(Path, new { format = "bf16" });
        Assert.Equal(["int8", "fp16"], Names(back, "to_be_made"));

        File.SetLastWriteTimeUtc(path, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        var (_, changed) = await server.GetAsync(Path);
        Assert.Equal(["int8", "int4", "fp16"], Names(changed, "to_be_made"));
    }

    [Fact]
    public async Task What_a_killed_server_left_unfinished_goes_and_what_it_finished_stays()
    {
        await using var server = await ServeAsync(Write("m-bf16", GgmlType.BF16));
        await server.PostAsync(Path, new { format = "int4" });
        var made = server.Host().Current!.Source.Path;
        await File.WriteAllTextAsync(made + ".4711.partial", "half", Cancellation);
        await File.WriteAllTextAsync(made + ".whole", "half", Cancellation);

        await server.PostAsync(Path, new { format = "int8" });

        var files = Directory.GetFiles(System.IO.Path.GetDirectoryName(made)!);
        Assert.Equal(2, files.Length);
        Assert.Contains(made, files);
    }

    [Fact]
    public async Task Files_of_the_same_name_are_taken_as_they_are()
    {
        var bf16 = Write("m-bf16", GgmlType.BF16);
        Quantize(bf16, "m-Q8_0.gguf", QuantizationType.Q8_0);
        await File.WriteAllTextAsync(System.IO.Path.Combine(_folder, "m-F16.gguf"), "no model", Cancellation);
        await using var server = await ServeAsync(bf16);

        var (_, body) = await server.PostAsync(Path, new { format = "int8" });

        Assert.Equal(["int4", "fp16"], Names(body, "to_be_made"));
        Assert.EndsWith("m-Q8_0.gguf", server.Host().Current!.Source.Path, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_under_way_has_all_its_tokens()
    {
        await using var server = await ServeAsync(Write("m-bf16", GgmlType.BF16));
        var text = server.PostAsync("/generate", new { prompt = "p", max_length = 400, do_sample = false });
        Assert.True(await ChatCalls.ComesTrueAsync(() => server.Host().Current!.Engine.Load.GeneratedTokens > 0));

        foreach (var format in new[] { "int8", "int4", "bf16" })
        {
            Assert.Equal(HttpStatusCode.OK, (await server.PostAsync(Path, new { format })).Status);
        }

        var (status, body) = await text;
        Assert.Equal((HttpStatusCode.OK, 400), (status, body.GetProperty("completion_tokens").GetInt32()));
        Assert.Equal("length", body.Field("finish_reason"));
    }

    [Fact]
    public async Task The_format_in_use_is_no_switch()
    {
        await using var server = await ServeAsync(Write("m-bf16", GgmlType.BF16));
        var before = server.Host().Current;

        var (status, _) = await server.PostAsync(Path, new { format = "bf16" });

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Same(before, server.Host().Current);
    }

    [Fact]
    public async Task Too_little_memory_for_both_is_told_in_bytes_and_the_old_weights_go_on()
    {
        var path = Write("m-bf16", GgmlType.BF16);
        await using var server = await ServeAsync(path, left: 0);
        var bytes = (await server.GetAsync(Path)).Body.GetProperty("bytes");
        var (old, wanted) = (bytes.GetProperty("bf16").GetInt64(), bytes.GetProperty("int8").GetInt64());
        server.Gauge().Left = old + wanted - 7; // The mapped weights in use count as left.

        var (status, body) = await server.PostAsync(Path, new { format = "int8" });

        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains(FormattableString.Invariant($"{wanted:N0} bytes"), body.Field("detail"), StringComparison.Ordinal);
        Assert.Contains("7 are missing", body.Field("detail"), StringComparison.Ordinal);
        Assert.Equal("bf16", (await server.GetAsync(Path)).Body.Field("current"));
        server.Gauge().Left++;
        Assert.Contains("6 are missing", (await server.PostAsync(Path, new { format = "int8" })).Body.Field("detail"), StringComparison.Ordinal);
        server.Gauge().Left += 6;
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync(Path, new { format = "int8" })).Status);
    }

    [Fact]
    public async Task A_format_that_cannot_be_had_is_a_conflict_that_names_those_that_can()
    {
        await using var server = await ServeAsync(Write("m-q8_0", GgmlType.Q8_0));

        foreach (var format in new[] { "gptq", "fp16", "bf16" })
        {
            var (status, body) = await server.PostAsync(Path, new { format });

            Assert.Equal(HttpStatusCode.Conflict, status);
            Assert.Contains($"not there in {format}", body.Field("detail"), StringComparison.Ordinal);
            Assert.Contains("its formats are: int8, int4.", body.Field("detail"), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"format":null}""")]
    [InlineData("""{"format":""}""")]
    [InlineData("""{"format":"fp32"}""")]
    [InlineData("""{"format":"INT8"}""")]
    [InlineData("""{"format":"int8 "}""")]
    [InlineData("""{"format":8}""")]
    [InlineData("""{"format":["int8"]}""")]
    public async Task Any_other_format_is_refused_with_those_that_are_accepted(string json)
    {
        await using var server = await ServeAsync(null);
        using var content = new StringContent(json, System.Text.Encoding.UTF8, "application/json");

        using var response = await server.Http.PostAsync(Path, content, Cancellation);

        var fault = (await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("detail")[0];
        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        Assert.Equal(["body", "format"], fault.GetProperty("loc").EnumerateArray().Select(part => part.GetString()));
    }

    [Fact]
    public async Task Without_a_model_there_is_nothing_to_switch()
    {
        await using var server = await ServeAsync(null);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await server.GetAsync(Path)).Status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await server.PostAsync(Path, new { format = "int8" })).Status);
    }

    [Fact]
    public async Task Another_model_under_the_same_name_is_refused_when_it_is_seen()
    {
        var path = Write("m-bf16", GgmlType.BF16);
        Write("m-Q8_0", GgmlType.Q8_0, architecture: "qwen2");
        await using var server = await ServeAsync(path);

        var (status, body) = await server.PostAsync(Path, new { format = "int8" });

        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains("'m-Q8_0' is not the model", body.Field("detail"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/generate", new { prompt = "p", max_length = 3 })).Status);
    }

    [Fact]
    public async Task A_file_that_differs_in_more_than_its_format_gets_a_cache_of_its_own_beside_the_old()
    {
        var path = Write("m-bf16", GgmlType.BF16);
        Write("m-Q8_0", GgmlType.Q8_0, contextLength: 256);
        await using var server = await ServeAsync(path, left: 8 << 20);
        var old = server.Host().Current!;

        var (refused, reason) = await server.PostAsync(Path, new { format = "int8" });
        Assert.Equal(HttpStatusCode.Conflict, refused);
        Assert.Contains("second cache", reason.Field("detail"), StringComparison.Ordinal);
        server.Gauge().Left = Plenty;
        var text = server.PostAsync("/generate", new { prompt = "p", max_length = 300, do_sample = false });
        Assert.True(await ChatCalls.ComesTrueAsync(() => old.Engine.Load.Running == 1));
        var (status, body) = await server.PostAsync(Path, new { format = "int8" });

        Assert.Equal((HttpStatusCode.OK, "int8"), (status, body.Field("current")));
        Assert.NotSame(old.Engine, server.Host().Current!.Engine);
        Assert.Equal(256, server.Host().Current!.Model.ContextLength);
        Assert.Equal(300, (await text).Body.GetProperty("completion_tokens").GetInt32());
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/generate", new { prompt = "p", max_length = 3, model = "m-bf16" })).Status);
    }

    [Fact]
    public async Task The_same_switch_asked_for_many_times_at_once_is_done_once()
    {
        await using var server = await ServeAsync(Write("m-bf16", GgmlType.BF16));

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => server.PostAsync(Path, new { format = "int8" })));

        Assert.All(answers, answer => Assert.Equal(("int8", HttpStatusCode.OK), (answer.Body.Field("current"), answer.Status)));
        Assert.Single(server.Log.Lines, line => line.EventId == 1121);
        Assert.Single(server.Log.Lines, line => line.EventId == 1106);
    }

    [Fact]
    public async Task A_data_folder_that_takes_no_file_is_a_conflict_that_tells_no_path()
    {
        await using var server = await ServeAsync(Write("m-bf16", GgmlType.BF16));
        var data = server.Services.GetRequiredService<Server.Platform.Database.DataFolder>();
        await File.WriteAllTextAsync(data.In("formats"), "in the way", Cancellation);

        var (status, body) = await server.PostAsync(Path, new { format = "int8" });

        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains("could not be made", body.Field("detail"), StringComparison.Ordinal);
        Assert.DoesNotContain(data.Path, body.Field("detail"), StringComparison.Ordinal);
        Assert.Equal("bf16", (await server.GetAsync(Path)).Body.Field("current"));
    }

    [Fact]
    public async Task A_folder_of_the_hub_becomes_other_formats_and_goes_back()
    {
        using var checkpoint = new CheckpointFolder();
        await using var server = await ServeAsync(checkpoint.Path);
        Assert.Equal("bf16", (await server.GetAsync(Path)).Body.Field("current"));

        var (status, body) = await server.PostAsync(Path, new { format = "int4" });
        var (back, _) = await server.PostAsync(Path, new { format = "bf16" });

        Assert.Equal((HttpStatusCode.OK, "int4"), (status, body.Field("current")));
        Assert.Equal(HttpStatusCode.OK, back);
        Assert.Equal(checkpoint.Path, server.Host().Current!.Source.Path);
    }

    [Fact]
    public async Task A_switch_that_is_cancelled_changes_nothing_leaves_nothing_and_can_be_asked_for_again()
    {
        await using var server = await ServeAsync(Write("m-bf16", GgmlType.BF16));
        var reached = new TaskCompletionSource();
        using var cancelled = new ManualResetEventSlim();
        server.Gauge().Reading = () =>
        {
            reached.TrySetResult();
            Assert.True(cancelled.Wait(TimeSpan.FromMinutes(1), Cancellation));
        };
        var asked = server.PostAsync(Path, new { format = "int8" });
        await reached.Task.WaitAsync(Cancellation);

        var ended = server.Services.GetRequiredService<FormatSwitch>().CancelAsync(Cancellation);
        Assert.False(ended.IsCompleted);
        cancelled.Set();
        await ended;

        var (status, body) = await asked;
        var (_, after) = await server.GetAsync(Path);
        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains("int8 was cancelled", body.Field("detail"), StringComparison.Ordinal);
        Assert.Equal(("bf16", JsonValueKind.Null), (after.Field("current"), after.GetProperty("switching").ValueKind));
        Assert.Equal(["int8", "int4", "fp16"], Names(after, "to_be_made"));
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync(Path, new { format = "int8" })).Status);
    }

    [Fact]
    public async Task The_client_switches_and_looks()
    {
        await using var server = await ServeAsync(Write("m-bf16", GgmlType.BF16));
        using var client = new SlipwayClient(server.Url);

        var switched = await client.SwitchFormatAsync("int8", Cancellation);
        var seen = await client.GetQuantizationAsync(Cancellation);
        var refused = await Assert.ThrowsAsync<SlipwayException>(() => client.SwitchFormatAsync("gptq", Cancellation));
        var kept = await client.CancelFormatSwitchAsync(Cancellation); // There is none.

        Assert.Equal(("int8", "int8"), (switched.Current, kept.Current));
        Assert.Equal(switched.Bytes, seen.Bytes);
        Assert.Equal(HttpStatusCode.Conflict, refused.Status);
    }

    private static IEnumerable<string?> Names(JsonElement body, string field) => body.GetProperty(field).EnumerateArray().Select(name => name.GetString());

    private static async Task<RunningServer> ServeAsync(string? model, long left = Plenty)
    {
        var server = await RunningServer.StartAsync(
            new ServerOptions { Model = model, Threads = 1 }, ["--Serving:KvTokens=65536"],
            services: services => services.AddSingleton<IMemoryGauge>(new FixedGauge { Left = left }));
        server.Http.DefaultRequestHeaders.Add("Accept-Language", "en");
        return server;
    }

    private string Write(string name, GgmlType type, string architecture = "qwen3", int contextLength = 512)
    {
        var path = System.IO.Path.Combine(_folder, name + ".gguf");
        TestModel.Create(architecture, type, contextLength: contextLength).Write(path);
        return path;
    }

    private void Quantize(string source, string name, QuantizationType type) => ModelQuantizer.Quantize(
        source, System.IO.Path.Combine(_folder, name), new QuantizationOptions { Type = type, Threads = 1 }, null, Cancellation);
}

/// <summary>A machine with as much memory as a test says.</summary>
internal sealed class FixedGauge : IMemoryGauge
{
    public required long Left { get; set; }

    /// <summary>What happens when it is read.</summary>
    public Action Reading { get; set; } = () => { };

    public long ReadAvailable()
    {
        Reading();
        return Left;
    }
}

internal static class FixedGaugeOf
{
    public static FixedGauge Gauge(this RunningServer server) => (FixedGauge)server.Services.GetRequiredService<IMemoryGauge>();
}
