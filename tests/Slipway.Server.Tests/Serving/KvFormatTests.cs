using System.Net;
using System.Text.Json;
using Slipway.Engine.Cache;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Tests.Architectures;
using Slipway.Server.Tests.Commands;
using Slipway.Server.Tests.Models;

namespace Slipway.Server.Tests.Serving;

public sealed class KvFormatTests : IDisposable
{
    private readonly ModelFile _model = new();

    public void Dispose() => _model.Dispose();

    [Fact]
    public async Task Keys_and_values_are_kept_in_halves_where_nothing_is_said()
    {
        await using var server = await ChatCalls.ServeAsync(_model);

        Assert.Equal(KvFormat.F16, server.Host().Current!.Engine.KvFormat);
    }

    [Theory]
    [InlineData("q8_0")]
    [InlineData("Q8_0")]
    public async Task The_setting_reaches_the_engine_and_it_answers(string value)
    {
        await using var server = await ChatCalls.ServeAsync(_model, $"--Serving:KvFormat={value}");

        var (_, body) = await server.PostAsync("/api/v1/chat", new { message = "Hello", max_tokens = 8 });

        Assert.Equal(KvFormat.Q8, server.Host().Current!.Engine.KvFormat);
        Assert.True(body.GetProperty("success").GetBoolean());
        Assert.Contains("room for 65536 tokens in q8_0 (17 MiB)", server.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_typed_wins_over_the_setting()
    {
        await using var server = await RunningServer.StartAsync(
            new ServerOptions { Model = _model.Path, Threads = 1, KvFormat = "q8_0" }, ["--Serving:KvTokens=65536", "--Serving:KvFormat=f16"]);

        Assert.Equal(KvFormat.Q8, server.Host().Current!.Engine.KvFormat);
    }

    [Theory]
    [InlineData("q4_0")]
    [InlineData("1")]
    public async Task A_setting_that_means_nothing_is_refused_with_what_is_accepted(string value)
    {
        var fault = await Assert.ThrowsAsync<ServerStartException>(() => ChatCalls.ServeAsync(_model, $"--Serving:KvFormat={value}"));

        Assert.Contains($"Serving:KvFormat is '{value}'; accepted are f16 and q8_0.", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_whose_heads_do_not_fit_is_refused_by_their_length()
    {
        var path = Path.Combine(Path.GetDirectoryName(_model.Path)!, "heads-of-16.gguf");
        TestModel.Create("llama", GgmlType.F32).Write(path);
        await using var server = await ChatCalls.ServeAsync(_model, "--Serving:KvFormat=q8_0");

        var (status, body) = await server.PostAsync("/api/v1/model/load", new { model = path });

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("heads of 16 values", body.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bench_measures_with_the_type_that_it_names()
    {
        var (exitCode, output, _) = await SlipwayProgram.RunAsync(
            "bench", "--model", _model.Path, "--kv-type", "q8_0", "--prompt", "40", "--generate", "4", "--rounds", "1", "--threads", "1", "--json");

        Assert.Equal(0, exitCode);
        Assert.Equal("q8_0", JsonDocument.Parse(output).RootElement.GetProperty("kv_type").GetString());
    }

    [Fact]
    public async Task Serve_takes_the_type_on_its_command_line()
    {
        var (exitCode, _, errors) = await SlipwayProgram.RunAsync("serve", "--kv-type", "q5");

        Assert.Equal(2, exitCode);
        Assert.Contains("--kv-type is 'q5'; accepted is f16 or q8_0.", errors, StringComparison.Ordinal);
    }
}
