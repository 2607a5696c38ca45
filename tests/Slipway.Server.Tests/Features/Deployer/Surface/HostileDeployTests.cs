using System.Net;
using System.Text;
using System.Text.Json;

namespace Slipway.Server.Tests.Features.Deployer.Surface;

/// <summary>What strangers may send to the deployer: refused in words, nothing kept, and the server goes on.</summary>
public sealed class HostileDeployTests(HostileDeployTests.Fixture fixture) : IClassFixture<HostileDeployTests.Fixture>
{
    private HttpClient Http => fixture.Server.Http;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Tags =>
    [
        "a/b", "..", "../../etc", "a b", "a\u0000b", "a\u001b[31mb", "dev\r\nX-Evil: 1", "\U0001F680", "測試", "DEV", "-dev", "dev-", "$(touch x)", "`id`",
        "a;rm -rf /", "a\u202eb", new string('a', 64), new string('a', 10_000),
    ];

    public static TheoryData<string> Ids =>
    [
        "Qwen3-8B\r\nSet-Cookie: a=b", "Qwen3-8B\u0000", "../Qwen3-8B", "Qwen3-8B/../../x", "Qwen3-8B;id", "", " ", "\u001b]0;x\u0007", "<script>alert(1)</script>",
        "' or 1=1 --", new string('Q', 10_000),
    ];

    [Theory]
    [MemberData(nameof(Tags))]
    public Task A_tag_that_is_none_is_refused(string tag) => RefusedAsync("model_tag", tag);

    [Theory]
    [MemberData(nameof(Ids))]
    public Task A_model_that_is_none_is_refused(string id) => RefusedAsync("model_id", id);

    [Theory]
    [InlineData("us-east-1.evil.example")]
    [InlineData("us-east-1.evil.com")]
    [InlineData("us-east-1@evil.com")]
    [InlineData("us-east-1/../x")]
    [InlineData("us-east-1#")]
    [InlineData("us-east-1\n")]
    [InlineData("http://169.254.169.254")]
    [InlineData("US-EAST-1")]
    public Task A_region_that_is_none_is_refused(string region) => RefusedAsync("region", region);

    [Theory]
    [InlineData("a/b")]
    [InlineData("arn:aws:cloudformation:us-east-1:1:stack/x/y")]
    [InlineData("a b")]
    [InlineData("a\nb")]
    [InlineData("$(id)")]
    [InlineData("-a")]
    [InlineData("堆栈")]
    public Task A_stack_name_that_is_none_is_refused(string name) => RefusedAsync("model_stack_name", name);

    [Theory]
    [InlineData("--port 1", "--port")]
    [InlineData("--port=1", "--port")]
    [InlineData("--host 0.0.0.0", "--host")]
    [InlineData("--no-model", "--no-model")]
    [InlineData("'open", "quote")]
    [InlineData("--threads 2\u0000", "U+0000")]
    [InlineData("; rm -rf /", ";")]
    public async Task Arguments_that_break_supervision_are_refused(string arguments, string named)
    {
        var (status, text) = await DeployAsync(new { engine_params = new { cli_args = arguments } }, "extra_params");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(named, text, StringComparison.Ordinal);
        await AssertNothingIsKeptAsync();
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(100_000)]
    public async Task Parameters_that_are_deep_are_refused(int levels)
    {
        var deep = string.Concat(Enumerable.Repeat("""{"a":""", levels)) + "1" + new string('}', levels);

        var (status, text) = await PostAsync("/emd_deploy", WithParams(deep));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.True(text.Length < 1000, text);
        await AssertNothingIsKeptAsync();
    }

    [Theory]
    [InlineData(10 << 20, HttpStatusCode.UnprocessableEntity)]
    [InlineData(20 << 20, HttpStatusCode.RequestEntityTooLarge)]
    public async Task Parameters_of_many_megabytes_are_refused(int bytes, HttpStatusCode refusal)
    {
        var (status, text) = await PostAsync("/emd_deploy", WithParams($$"""{"a":"{{new string('x', bytes)}}"}"""));

        Assert.Equal(refusal, status);
        Assert.True(text.Length < 1000, text);
        await AssertNothingIsKeptAsync();
    }

    [Theory]
    [InlineData("/emd_status")]
    [InlineData("/emd_destroy")]
    public async Task Whoever_asks_for_a_name_that_is_none_is_told_so(string path)
    {
        foreach (var (id, tag) in Ids.Select(row => (row.Data, "dev")).Concat(Tags.Select(row => ("slipway-tiny", row.Data))))
        {
            var (status, text) = await PostAsync(path, JsonSerializer.Serialize(new { model_id = id, model_tag = tag }));

            Assert.True(status is HttpStatusCode.NotFound or HttpStatusCode.UnprocessableEntity, $"{status} {text}");
            Assert.DoesNotContain('\u001b', text);
        }
    }

    // No parser of ours reads it before the server's.
    private static string WithParams(string json) => DeployTexts.Tiny[..^1] + ",\"extra_params\":" + json + "}";

    private async Task RefusedAsync(string field, string value)
    {
        var (status, text) = await DeployAsync(value, field);

        Assert.True(status is HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity, $"{status} {text}");
        Assert.True(text.Length < 8000, $"{text.Length} letters");
        Assert.NotEqual("", JsonElement.Parse(text).GetProperty("detail").ToString());
        await AssertNothingIsKeptAsync();
    }

    private Task<(HttpStatusCode Status, string Text)> DeployAsync(object value, string field) =>
        PostAsync("/emd_deploy", DeployTexts.With(DeployTexts.Tiny, JsonSerializer.Serialize(new Dictionary<string, object> { [field] = value })));

    private async Task AssertNothingIsKeptAsync()
    {
        var (status, text) = await PostAsync("/emd_models", "{}");

        Assert.Equal((HttpStatusCode.OK, "[]"), (status, text));
    }

    private async Task<(HttpStatusCode Status, string Text)> PostAsync(string path, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        // What is refused for its size alone is not sent: a server that hangs up in the middle of it would not be heard.
        request.Headers.ExpectContinue = body.Length > 1 << 20;
        using var answer = await Http.SendAsync(request, Token);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Token));
    }

    /// <summary>A server that could deploy the model, were it asked for it in earnest.</summary>
    public sealed class Fixture : IAsyncLifetime
    {
        internal RunningServer Server { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Server = await RunningServer.StartAsync(new ServerOptions
        {
            Model = ServerOptions.NoModel,
            DefaultModel = Path.Combine(AppContext.BaseDirectory, "models", "slipway-tiny", "slipway-tiny-q8_0.gguf"),
        });

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}
