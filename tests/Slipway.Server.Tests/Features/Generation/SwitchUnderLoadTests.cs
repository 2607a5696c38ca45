using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Slipway.Server.Tests.Commands;

namespace Slipway.Server.Tests.Features.Generation;

public sealed class SwitchUnderLoadTests
{
    private const int Clients = 16;
    private const int Switches = 50;

    // Of garbage not yet collected; a copy of the weights each time would be two hundred megabytes and more.
    private const long Noise = 40 << 20;

    /// <summary>The program with the bundled model: every answer arrives whole, and afterwards nothing of the old weights is held.</summary>
    [Fact]
    public async Task Fifty_switches_under_sixteen_clients_fail_no_request_and_keep_no_memory()
    {
        Requirement.Check(OperatingSystem.IsLinux(), "Memory is read from /proc.");
        using var server = await ServingProgram.StartAsync([("Serving__KvTokens", "8192")], "--model", Path.Combine(AppContext.BaseDirectory, "models", "slipway-tiny", "slipway-tiny-q8_0.gguf"), "--threads", "2");
        await SwitchAsync(server, "int4");
        using var stop = new CancellationTokenSource();
        var clients = Enumerable.Range(0, Clients).Select(client => AskAsync(server, client, stop.Token)).ToList();
        for (var i = 0; i < 10; i++)
        {
            await SwitchAsync(server, i % 2 == 0 ? "int8" : "int4");
        }

        var before = server.Memory.Now;
        for (var i = 0; i < Switches; i++)
        {
            await SwitchAsync(server, i % 2 == 0 ? "int8" : "int4");
        }

        var after = server.Memory.Now;
        await stop.CancelAsync();
        var answers = await Task.WhenAll(clients);
        Assert.All(answers, count => Assert.True(count > 0));
        Assert.True(after - before < Noise, string.Create(CultureInfo.InvariantCulture, $"{before:N0} bytes became {after:N0}."));
        Assert.Single(server.MappedFiles, file => file.EndsWith(".gguf", StringComparison.Ordinal));
    }

    private static async Task SwitchAsync(ServingProgram server, string format)
    {
        using var response = await server.Http.PostAsJsonAsync("/quantization", new { format }, TestContext.Current.CancellationToken);
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, body);
        Assert.Equal(format, JsonSerializer.Deserialize<JsonElement>(body).GetProperty("current").GetString());
    }

    /// <summary>Asks until told to stop, every other time for a stream; each answer must be a whole one.</summary>
    private static async Task<int> AskAsync(ServingProgram server, int client, CancellationToken stop)
    {
        var answers = 0;
        for (; !stop.IsCancellationRequested; answers++)
        {
            var streams = answers % 2 == 1;
            using var response = await server.Http.PostAsJsonAsync(
                streams ? "/v1/chat/completions" : "/generate",
                streams
                    ? new { model = "slipway-tiny", messages = new[] { new { role = "user", content = $"What is {client} plus {answers}?" } }, max_tokens = 48, stream = true }
                    : (object)new { prompt = $"What is {client} plus {answers}?", chat = true, max_length = 48, model = "slipway-tiny" },
                TestContext.Current.CancellationToken);
            var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.True(response.IsSuccessStatusCode, body);
            Assert.True(streams ? body.EndsWith("data: [DONE]\n\n", StringComparison.Ordinal) : body.Contains("\"finish_reason\":\"", StringComparison.Ordinal), body);
        }

        return answers;
    }
}
