using System.Net;
using System.Text;
using System.Text.Json;

namespace Slipway.Server.Tests.Features.Deployments;

/// <summary>What strangers may send to deployments: refused in words, or taken as the text that it is; never run, and the server goes on.</summary>
public sealed class HostileDeploymentTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Bodies => new()
    {
        { "extra_args", "; touch FILE" },
        { "extra_args", "&& touch FILE" },
        { "extra_args", "| touch FILE" },
        { "extra_args", "$(touch FILE)" },
        { "extra_args", "`touch FILE`" },
        { "extra_args", "-c\n--port\n1" },
        { "extra_args", "-c 1\u0000--port 1" },
        { "extra_args", "--port=1" },
        { "extra_args", "--port 1" },
        { "extra_args", "--host 0.0.0.0" },
        { "extra_args", "--api-key=sk-1" },
        { "extra_args", "'--port' 1" },
        { "extra_args", "--po\\rt 1" },
        { "extra_args", "-c \u001b[2J" },
        { "extra_args", new string('a', 20_000) },
        { "extra_args", string.Concat(Enumerable.Repeat("-v ", 600)) },
        { "model_path", "../../etc/passwd" },
        { "model_path", "models/../../etc" },
        { "model_path", "..\\..\\etc" },
        { "model_path", "/etc/passwd" },
        { "model_path", "/proc/self/environ" },
        { "model_path", "/dev/zero" },
        { "model_path", "/" },
        { "model_path", "MODEL\u0000.txt" },
        { "model_path", "MODEL\nx" },
        { "model_path", "" },
        { "model_path", "  " },
        { "model_path", "--host" },
        { "model_path", new string('m', 10_000) },
        { "served_model_name", "a\r\nX: 1" },
        { "served_model_name", "--host" },
        { "served_model_name", "a b" },
        { "health_path", "//evil.example/" },
        { "health_path", "http://169.254.169.254/" },
        { "health_path", "/a\r\nX: 1" },
        { "engine", "../vllm" },
        { "engine", "sh -c id" },
        { "model_version", "v1\u0000" },
        { "model_version", new string('v', 10_000) },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task What_cannot_be_is_refused_in_words(string field, string value)
    {
        await using var server = await DeploymentServer.StartAsync();
        var file = Path.Combine(server.Engines.Folder, "touched");
        var text = value.Replace("FILE", file, StringComparison.Ordinal).Replace("MODEL", server.Model, StringComparison.Ordinal);

        var (status, answer) = await PostAsync(server, field, text);
        var list = await server.Http.GetStringAsync("/deployments", Token);

        Assert.True(status is HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity, $"{status} {answer}");
        Assert.Equal("[]", list);
        Assert.NotEqual("", JsonElement.Parse(answer).GetProperty("detail").ToString());
        Assert.True(answer.Length < 4000, $"{answer.Length} letters");
        Assert.DoesNotContain("sk-1", answer, StringComparison.Ordinal);
        Assert.False(File.Exists(file));
    }

    /// <summary>No shell ever sees a word of it.</summary>
    [Fact]
    public async Task What_a_shell_would_run_reaches_the_engine_as_the_text_that_it_is()
    {
        await using var server = await DeploymentServer.StartAsync();
        var file = Path.Combine(server.Engines.Folder, "touched");
        string[] words = ["$(touch " + file + ")", "`touch " + file + "`", "; touch " + file, "a\nb", "$HOME", "*", "模型 \U0001F680"];

        var info = await server.RunningAsync(new { extra_args = string.Join(' ', words.Select(word => $"--chat-template '{word}'")) });
        using var http = new HttpClient();
        var played = JsonElement.Parse(await http.GetStringAsync($"http://127.0.0.1:{info.Port}/play", Token));

        Assert.Equal(
            words.SelectMany(word => new[] { "--chat-template", word }),
            played.GetProperty("words").EnumerateArray().Select(word => word.GetString()!).TakeLast(2 * words.Length));
        Assert.False(File.Exists(file));
    }

    [Theory]
    [InlineData("tags", 1000)]
    [InlineData("env", 100_000)]
    public async Task What_is_deep_is_refused(string field, int levels)
    {
        await using var server = await DeploymentServer.StartAsync();
        var deep = string.Concat(Enumerable.Repeat("""{"a":""", levels)) + "1" + new string('}', levels);

        using var answer = await server.Http.PostAsync(
            "/deployments", new StringContent($"{{\"model_path\":\"x\",\"{field}\":{deep}}}", Encoding.UTF8, "application/json"), Token);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Equal("[]", await server.Http.GetStringAsync("/deployments", Token));
    }

    [Theory]
    [InlineData("%2e%2e%2f%2e%2e%2fetc%2fpasswd")]
    [InlineData("..%5c..%5cetc")]
    [InlineData("a%00b")]
    [InlineData("%0d%0aX:%201")]
    [InlineData("' or 1=1")]
    public async Task An_id_that_is_none_leads_nowhere(string id)
    {
        await using var server = await DeploymentServer.StartAsync();

        foreach (var (method, rest) in new[] { ("GET", ""), ("GET", "/logs"), ("GET", "/logs/stream"), ("POST", "/restart"), ("DELETE", "?force=true") })
        {
            using var answer = await server.Http.SendAsync(new HttpRequestMessage(new HttpMethod(method), $"/deployments/{id}{rest}"), Token);
            Assert.True(answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.BadRequest, $"{method} {rest}: {answer.StatusCode}");
        }
    }

    private static async Task<(HttpStatusCode Status, string Text)> PostAsync(DeploymentServer server, string field, string value)
    {
        var body = new Dictionary<string, string> { ["model_path"] = server.Model, ["engine"] = "llama-server", [field] = value };
        using var content = new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        using var answer = await server.Http.PostAsync("/deployments", content, Token);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Token));
    }
}
