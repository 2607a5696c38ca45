using System.Net;
using System.Text;
using System.Text.Json;
using Slipway.Server.Tests.Models;

namespace Slipway.Server.Tests.Features.Generation;

public sealed class GenerationBodyTests
{
    [Theory]
    [InlineData("generate", """{}""", "body.prompt value_error.missing")]
    [InlineData("generate", """{"prompt":null}""", "body.prompt value_error.missing")]
    [InlineData("generate", """{"prompt":5}""", "body.prompt type_error.string")]
    [InlineData("generate", """{"prompt":""}""", "body.prompt value_error.any_str.min_length")]
    [InlineData("generate", """{"prompt":" \n\t"}""", "body.prompt value_error.any_str.min_length")]
    [InlineData("generate", """{"prompt":"\ud800"}""", "body.prompt type_error.string")]
    [InlineData("generate", """{"prompt":"p","max_length":0}""", "body.max_length value_error.number.not_ge")]
    [InlineData("generate", """{"prompt":"p","max_length":8193}""", "body.max_length value_error.number.not_le")]
    [InlineData("generate", """{"prompt":"p","max_length":1.5}""", "body.max_length type_error.integer")]
    [InlineData("generate", """{"prompt":"p","max_length":1e400}""", "body.max_length value_error.number.not_le")]
    [InlineData("generate", """{"prompt":"p","temperature":-0.1}""", "body.temperature value_error.number.not_ge")]
    [InlineData("generate", """{"prompt":"p","temperature":2.01}""", "body.temperature value_error.number.not_le")]
    [InlineData("generate", """{"prompt":"p","temperature":"hot"}""", "body.temperature type_error.float")]
    [InlineData("generate", """{"prompt":"p","top_p":0}""", "body.top_p value_error.number.not_ge")]
    [InlineData("generate", """{"prompt":"p","top_p":1.01}""", "body.top_p value_error.number.not_le")]
    [InlineData("generate", """{"prompt":"p","top_k":-1}""", "body.top_k value_error.number.not_ge")]
    [InlineData("generate", """{"prompt":"p","top_k":1001}""", "body.top_k value_error.number.not_le")]
    [InlineData("generate", """{"prompt":"p","do_sample":1}""", "body.do_sample type_error.bool")]
    [InlineData("generate", """{"prompt":"p","repetition_penalty":0.49}""", "body.repetition_penalty value_error.number.not_ge")]
    [InlineData("generate", """{"prompt":"p","repetition_penalty":2.01}""", "body.repetition_penalty value_error.number.not_le")]
    [InlineData("generate", """{"prompt":"p","stop":["a","b","c","d","e"]}""", "body.stop value_error.list.max_items")]
    [InlineData("generate", """{"prompt":"p","stop":""}""", "body.stop value_error.any_str.min_length")]
    [InlineData("generate", """{"prompt":"p","stop":["a",null]}""", "body.stop.1 value_error.missing")]
    [InlineData("generate", """{"prompt":"p","seed":-1}""", "body.seed value_error.number.not_ge")]
    [InlineData("generate", """{"prompt":"p","seed":1e30}""", "body.seed value_error.number.not_le")]
    [InlineData("generate", """{"prompt":"p","model":""}""", "body.model value_error.any_str.min_length")]
    [InlineData("generate", """{"prompt":"p","chat":"yes"}""", "body.chat type_error.bool")]
    [InlineData("generate", """[]""", "body type_error.dict")]
    [InlineData("generate", """{"prompt":["p"]}""", "body.prompt type_error.string")]
    [InlineData("generate", """{"prompt":"p","max_length":"1"}""", "body.max_length type_error.integer")]
    [InlineData("generate", """{"prompt":"p","max_length":true}""", "body.max_length type_error.integer")]
    [InlineData("generate", """{"prompt":"p","temperature":true}""", "body.temperature type_error.float")]
    [InlineData("generate", """{"prompt":"p","temperature":1e999}""", "body.temperature value_error.number.not_le")]
    [InlineData("generate", """{"prompt":"p","temperature":-1e999}""", "body.temperature value_error.number.not_ge")]
    [InlineData("generate", """{"prompt":"p","temperature":NaN}""", "body.28 value_error.jsondecode")]
    [InlineData("generate", """{"prompt":"p","top_k":"5"}""", "body.top_k type_error.integer")]
    [InlineData("generate", """{"prompt":"p","stop":7}""", "body.stop type_error.string")]
    [InlineData("generate", """{"prompt":"p","stop":["a",7]}""", "body.stop.1 type_error.string")]
    [InlineData("generate", """{"prompt":"p","stop":["a",""]}""", "body.stop.1 value_error.any_str.min_length")]
    [InlineData("generate", """{"prompt":"p","stop":"\ud800"}""", "body.stop type_error.string")]
    [InlineData("generate", """{"prompt":"p","\ud800":1}""", "body.14 value_error.jsondecode")]
    [InlineData("generate", """{"prompt":"p","prompt":""}""", "body.prompt value_error.any_str.min_length")]
    [InlineData("thinking", """{}""", "body.question value_error.missing")]
    [InlineData("thinking", """{"question":"\n"}""", "body.question value_error.any_str.min_length")]
    [InlineData("thinking", """{"question":"q","thinking_depth":0}""", "body.thinking_depth value_error.number.not_ge")]
    [InlineData("thinking", """{"question":"q","thinking_depth":6}""", "body.thinking_depth value_error.number.not_le")]
    [InlineData("thinking", """{"question":"q","thinking_depth":"deep"}""", "body.thinking_depth type_error.integer")]
    [InlineData("thinking", """{"question":"q","include_reasoning":0}""", "body.include_reasoning type_error.bool")]
    [InlineData("thinking", """{"question":"q","max_length":0}""", "body.max_length value_error.number.not_ge")]
    [InlineData("thinking", """{"question":"q","max_length":8193}""", "body.max_length value_error.number.not_le")]
    [InlineData("thinking", """{"question":"q","temperature":-1}""", "body.temperature value_error.number.not_ge")]
    [InlineData("thinking", """{"question":"q","temperature":2.1}""", "body.temperature value_error.number.not_le")]
    [InlineData("thinking", """{"question":"q","seed":-1}""", "body.seed value_error.number.not_ge")]
    [InlineData("thinking", """{"question":"q","model":7}""", "body.model type_error.string")]
    [InlineData("thinking", """{"question":"q","thinking_depth":1.5}""", "body.thinking_depth type_error.integer")]
    [InlineData("batch_generate", """{}""", "body.prompts value_error.missing")]
    [InlineData("batch_generate", """{"prompts":null,"requests":null}""", "body.prompts value_error.missing")]
    [InlineData("batch_generate", """{"prompts":["p"],"requests":[{"prompt":"p"}]}""", "body.requests value_error.const")]
    [InlineData("batch_generate", """{"prompts":[]}""", "body.prompts value_error.list.min_items")]
    [InlineData("batch_generate", """{"prompts":"p"}""", "body.prompts type_error.list")]
    [InlineData("batch_generate", """{"prompts":["1","2","3","4","5","6","7","8","9","10","11"]}""", "body.prompts value_error.list.max_items")]
    [InlineData("batch_generate", """{"prompts":["p"," "]}""", "body.prompts.1 value_error.any_str.min_length")]
    [InlineData("batch_generate", """{"prompts":["p",null]}""", "body.prompts.1 value_error.missing")]
    [InlineData("batch_generate", """{"prompts":["p"],"max_length":8193}""", "body.max_length value_error.number.not_le")]
    [InlineData("batch_generate", """{"requests":[]}""", "body.requests value_error.list.min_items")]
    [InlineData("batch_generate", """{"requests":["p"]}""", "body.requests.0 type_error.dict")]
    [InlineData("batch_generate", """{"requests":[{"prompt":"p"},{}]}""", "body.requests.1.prompt value_error.missing")]
    [InlineData("batch_generate", """{"requests":[{"prompt":"p","top_p":0}]}""", "body.requests.0.top_p value_error.number.not_ge")]
    [InlineData("batch_generate", """{"requests":[{"prompt":"1"},{"prompt":"2"},{"prompt":"3"},{"prompt":"4"},{"prompt":"5"},{"prompt":"6"},{"prompt":"7"},{"prompt":"8"},{"prompt":"9"},{"prompt":"10"},{"prompt":"11"}]}""", "body.requests value_error.list.max_items")]
    public async Task A_bad_body_is_refused_by_field(string path, string json, string expected)
    {
        await using var server = await ChatCalls.ServeAsync(null);

        var (status, body) = await PostAsync(server, path, json);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        var fault = Assert.Single(body.GetProperty("detail").EnumerateArray());
        Assert.Equal(expected, $"{string.Join('.', fault.GetProperty("loc").EnumerateArray())} {fault.Field("type")}");
    }

    /// <summary>What passes the rules is refused for want of a model alone.</summary>
    [Theory]
    [InlineData("generate", """{"prompt":"p","max_length":1.0,"top_k":1e3,"seed":7.0,"temperature":2,"top_p":1}""")]
    [InlineData("generate", """{"prompt":"p","top_p":5e-324,"temperature":5e-324}""")]
    [InlineData("generate", """{"prompt":"","prompt":"p"}""")]
    [InlineData("generate", """{"prompt":"\u0000"}""")]
    [InlineData("generate", """{"prompt":"p","of_no_meaning":{"max_length":0},"stop":null,"model":null,"seed":null,"chat":null}""")]
    [InlineData("thinking", """{"question":"q","thinking_depth":5.0,"max_length":8192,"include_reasoning":null}""")]
    [InlineData("batch_generate", """{"prompts":["p"],"requests":null}""")]
    [InlineData("batch_generate", """{"requests":[{"prompt":"p"}],"prompts":null}""")]
    public async Task An_unusual_body_within_the_rules_is_accepted(string path, string json)
    {
        await using var server = await ChatCalls.ServeAsync(null);

        var (status, _) = await PostAsync(server, path, json);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
    }

    [Fact]
    public async Task White_space_of_any_kind_is_blank()
    {
        const string White = "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000";
        await using var server = await ChatCalls.ServeAsync(null);

        var answers = new List<HttpStatusCode>();
        foreach (var space in White)
        {
            answers.Add((await server.PostAsync("/generate", new { prompt = space.ToString() })).Status);
        }

        Assert.All(answers, status => Assert.Equal(HttpStatusCode.UnprocessableEntity, status));
    }

    [Theory]
    [InlineData("generate", "prompt", 32768, HttpStatusCode.OK)]
    [InlineData("generate", "prompt", 32769, HttpStatusCode.UnprocessableEntity)]
    [InlineData("thinking", "question", 32768, HttpStatusCode.OK)]
    [InlineData("thinking", "question", 32769, HttpStatusCode.UnprocessableEntity)]
    public async Task A_text_has_up_to_32768_characters(string path, string field, int length, HttpStatusCode expected)
    {
        using var model = new ModelFile();
        await using var server = await ChatCalls.ServeAsync(model);
        // " the" is one token of four characters.
        var text = string.Concat(Enumerable.Repeat(" the", length / 4)) + new string('e', length % 4);

        var (status, _) = await server.PostAsync("/" + path, new Dictionary<string, object> { [field] = text, ["max_length"] = 1 });

        Assert.Equal(expected, status);
    }

    [Theory]
    [InlineData(32768, HttpStatusCode.ServiceUnavailable)]
    [InlineData(32769, HttpStatusCode.UnprocessableEntity)]
    public async Task A_character_counts_as_one_however_it_is_encoded(int length, HttpStatusCode expected)
    {
        await using var server = await ChatCalls.ServeAsync(null);

        var (status, _) = await server.PostAsync("/generate", new { prompt = string.Concat(Enumerable.Repeat("😀", length)) });

        Assert.Equal(expected, status);
    }

    private static async Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(RunningServer server, string path, string json)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        using var response = await server.Http.PostAsync("/" + path, content, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return (response.StatusCode, JsonSerializer.Deserialize<JsonElement>(text));
    }
}
