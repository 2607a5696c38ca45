using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Slipway.Server.Platform.Validation;

namespace Slipway.Server.Tests.Platform.Validation;

public sealed class BodyTests
{
    [Fact]
    public async Task A_valid_body_reaches_the_endpoint()
    {
        var (status, body) = await PostAsync("""{"name":"浦江","count":3,"share":0.5,"on":true,"kind":"a","items":[{"key":"k"}]}""");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("\"浦江 3 0.5 True a k\"", body);
    }

    [Fact]
    public async Task Every_fault_of_a_body_is_reported_at_once()
    {
        var (status, body) = await PostAsync(
            """{"count":-1,"share":"x","on":1,"kind":"z","items":[{"key":7},{},5,null]}""");

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Equal(
            [
                """["body","name"] value_error.missing""",
                """["body","count"] value_error.number.not_ge""",
                """["body","share"] type_error.float""",
                """["body","on"] type_error.bool""",
                """["body","kind"] value_error.const""",
                """["body","items",0,"key"] type_error.string""",
                """["body","items",1,"key"] value_error.missing""",
                """["body","items",2] type_error.dict""",
                """["body","items",3] value_error.missing""",
            ],
            FaultsOf(body));
    }

    [Theory]
    [InlineData("""{"name":""}""", """["body","name"] value_error.any_str.min_length""")]
    [InlineData("""{"name":" \n "}""", """["body","name"] value_error.any_str.min_length""")]
    [InlineData("""{"name":"123456789"}""", """["body","name"] value_error.any_str.max_length""")]
    [InlineData("""{"name":12}""", """["body","name"] type_error.string""")]
    [InlineData("""{"name":null}""", """["body","name"] value_error.missing""")]
    [InlineData("""{"name":"\ud83d"}""", """["body","name"] type_error.string""")]
    [InlineData("""{"name":"n","count":11}""", """["body","count"] value_error.number.not_le""")]
    [InlineData("""{"name":"n","count":1e300}""", """["body","count"] value_error.number.not_le""")]
    [InlineData("""{"name":"n","count":1.5}""", """["body","count"] type_error.integer""")]
    [InlineData("""{"name":"n","count":"1"}""", """["body","count"] type_error.integer""")]
    [InlineData("""{"name":"n","count":true}""", """["body","count"] type_error.integer""")]
    [InlineData("""{"name":"n","share":0}""", """["body","share"] value_error.number.not_ge""")]
    [InlineData("""{"name":"n","share":1e999}""", """["body","share"] value_error.number.not_le""")]
    [InlineData("""{"name":"n","items":{}}""", """["body","items"] type_error.list""")]
    [InlineData("""{"name":"n","items":[]}""", """["body","items"] value_error.list.min_items""")]
    [InlineData("""{"name":"n","items":[1,2,3,4,5]}""", """["body","items"] value_error.list.max_items""")]
    [InlineData("[]", """["body"] type_error.dict""")]
    [InlineData("null", """["body"] type_error.dict""")]
    [InlineData("", """["body"] value_error.missing""")]
    public async Task A_fault_is_named_by_place_and_type(string json, string expected)
    {
        var (status, body) = await PostAsync(json);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Equal([expected], FaultsOf(body));
    }

    [Theory]
    [InlineData("😀😀😀😀😀😀😀😀", HttpStatusCode.OK)]
    [InlineData("😀😀😀😀😀😀😀😀😀", HttpStatusCode.UnprocessableEntity)]
    [InlineData("😀2345678", HttpStatusCode.OK)]
    public async Task A_character_beyond_the_basic_plane_counts_as_one(string name, HttpStatusCode expected)
    {
        var (status, _) = await PostAsync(JsonSerializer.Serialize(new { name }));

        Assert.Equal(expected, status);
    }

    [Theory]
    [InlineData("{", 1)]
    [InlineData("""{"a":}""", 5)]
    [InlineData("{\n\"名\": x}", 9)]
    [InlineData("{} {}", 3)]
    public async Task Malformed_json_is_found_at_its_byte(string json, int offset)
    {
        var (status, body) = await PostAsync(json);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Equal([$"""["body",{offset}] value_error.jsondecode"""], FaultsOf(body));
    }

    [Fact]
    public async Task Bytes_that_are_no_text_are_found_where_they_stand()
    {
        byte[] bytes = [.. "{\"name\":\""u8, 0xC3, 0x28, .. "\"}"u8];

        var (status, body) = await PostAsync(new ByteArrayContent(bytes), "application/json");

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Equal(["""["body",9] value_error.jsondecode"""], FaultsOf(body));
    }

    [Theory]
    [InlineData("""{"\ud800":1,"name":"n"}""", 1)]
    [InlineData("""{"name":"n","x":[{"na\u006de\udc00":1}]}""", 18)]
    public async Task A_field_whose_name_is_no_text_is_malformed(string json, int offset)
    {
        var (status, body) = await PostAsync(json);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Equal([$"""["body",{offset}] value_error.jsondecode"""], FaultsOf(body));
    }

    [Fact]
    public async Task A_deeply_nested_body_is_malformed_and_nothing_worse()
    {
        var (status, body) = await PostAsync("{\"name\":" + new string('[', 100_000));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.EndsWith("value_error.jsondecode", Assert.Single(FaultsOf(body)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text/plain", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/x-www-form-urlencoded", HttpStatusCode.OK)]
    [InlineData("application/json; charset=utf-16", HttpStatusCode.UnsupportedMediaType)]
    [InlineData(null, HttpStatusCode.OK)]
    [InlineData("application/json", HttpStatusCode.OK)]
    [InlineData("APPLICATION/JSON;charset=UTF-8", HttpStatusCode.OK)]
    [InlineData("application/problem+json", HttpStatusCode.OK)]
    public async Task Only_json_is_read(string? contentType, HttpStatusCode expected)
    {
        var (status, body) = await PostAsync(new ByteArrayContent("""{"name":"n"}"""u8.ToArray()), contentType);

        Assert.Equal(expected, status);
        Assert.True(expected == HttpStatusCode.OK || body.Contains("Content-Type", StringComparison.Ordinal), body);
    }

    [Fact]
    public async Task A_form_that_a_browser_sends_is_refused()
    {
        await using var server = await RunningServer.StartAsync(map: MapProbe);
        using var content = new ByteArrayContent("""{"name":"n"}"""u8.ToArray());
        content.Headers.ContentType = new("application/x-www-form-urlencoded");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/probe") { Content = content };
        request.Headers.Add("Origin", "http://elsewhere.example");

        using var response = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_that_is_too_large_is_refused(bool saysItsLength)
    {
        await using var server = await RunningServer.StartAsync(map: MapProbe);
        using var content = new ByteArrayContent(new byte[17 << 20]);
        content.Headers.ContentType = new("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/probe") { Content = content };
        request.Headers.TransferEncodingChunked = !saysItsLength;
        request.Headers.ExpectContinue = true;

        using var response = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("detail", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private static void MapProbe(WebApplication app) =>
        app.MapPost("/probe", (Body<Probe> body) => TypedResults.Ok(body.Value.ToString())).ReadsBody(Read);

    private static Probe Read(BodyObject body) => new(
        body.Required("name").Text(min: 1, max: 8, mayBeBlank: false) ?? "",
        body.Optional("count").Integer32(0, 10),
        body.Optional("share").Number(0, 1, aboveMin: true),
        body.Optional("on").Flag(),
        body.Optional("kind").OneOf("a", "b"),
        body.Optional("items").List(item => item.Object(inner => inner.Required("key").Text() ?? ""), min: 1, max: 4) ?? []);

    private static Task<(HttpStatusCode Status, string Body)> PostAsync(string json) =>
        PostAsync(new ByteArrayContent(Encoding.UTF8.GetBytes(json)), "application/json");

    private static async Task<(HttpStatusCode Status, string Body)> PostAsync(ByteArrayContent content, string? contentType)
    {
        await using var server = await RunningServer.StartAsync(map: MapProbe);
        using (content)
        {
            if (contentType is not null)
            {
                content.Headers.TryAddWithoutValidation("Content-Type", contentType);
            }

            using var response = await server.Http.PostAsync("/probe", content, TestContext.Current.CancellationToken);
            return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }
    }

    private static List<string> FaultsOf(string body)
    {
        using var document = JsonDocument.Parse(body);
        return [.. document.RootElement.GetProperty("detail").EnumerateArray()
            .Select(fault => $"{fault.GetProperty("loc").GetRawText()} {fault.GetProperty("type").GetString()}")];
    }

    private sealed record Probe(string Name, int? Count, double? Share, bool? On, string? Kind, IReadOnlyList<string> Items)
    {
        public override string ToString() => $"{Name} {Count} {Share} {On} {Kind} {string.Join(',', Items)}".TrimEnd();
    }
}
