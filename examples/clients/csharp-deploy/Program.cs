// Deploys a model with a Slipway server through the Slipway.Client library, asks it something, and takes it away again.
//
//     dotnet run --project examples/clients/csharp-deploy [http://127.0.0.1:8000]
using System.Net.Http.Json;
using System.Text.Json;
using Slipway.Client;
using Slipway.Client.Deployer;

// What any server can deploy: the model that it carries, on its own machine.
var request = new DeployRequest
{
    ModelId = "slipway-tiny",
    ModelTag = "example",
    InstanceType = "local",
    EngineType = "slipway",
    ServiceType = "local",
};
var url = args is [var given, ..] ? given.TrimEnd('/') : "http://127.0.0.1:8000";
using var client = new SlipwayClient(url);
using var http = new HttpClient();

try
{
    Console.WriteLine((await http.GetFromJsonAsync<JsonElement>($"{url}/ping")).GetProperty("message"));
    Console.WriteLine($"{(await client.ListDeployableModelsAsync()).Count} models can be deployed.");
    var about = await client.GetModelDetailsAsync(request.ModelId);
    Console.WriteLine($"{about.ModelName}: {about.ModelSize}, engines {string.Join(", ", about.SupportedEngines)}");

    Console.WriteLine((await client.DeployModelAsync(request)).Message);
    try
    {
        var status = await client.WaitForModelAsync(request.ModelId, request.ModelTag, new Changes());
        if (status.Status == DeployedModelStatuses.Failed)
        {
            Console.Error.WriteLine(status.FailureReason);
            return 1;
        }

        Console.WriteLine(await AskAsync("What is AES?"));
        foreach (var model in await client.ListDeployedModelsAsync())
        {
            Console.WriteLine($"{model.ModelId}/{model.ModelTag} {model.Status} at {model.Outputs.EndpointUrl}");
        }
    }
    finally
    {
        await client.DestroyModelAsync(request.ModelId, request.ModelTag);
    }

    await client.WaitUntilDestroyedAsync(request.ModelId, request.ModelTag);
    Console.WriteLine("It is gone.");
    return 0;
}
catch (Exception exception) when (exception is SlipwayException or HttpRequestException)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}

// Any client of OpenAI's API does this as well.
async Task<string?> AskAsync(string question)
{
    var call = new
    {
        model = $"{request.ModelId}/{request.ModelTag}",
        messages = new[] { new { role = "user", content = question } },
        temperature = 0,
    };
    using var response = await http.PostAsJsonAsync($"{url}/v1/chat/completions", call);
    response.EnsureSuccessStatusCode();
    var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
    return answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString();
}

/// <summary>Prints every status once.</summary>
internal sealed class Changes : IProgress<DeployedModelStatus>
{
    private string? _seen;

    public void Report(DeployedModelStatus value)
    {
        if (value.Status != _seen)
        {
            _seen = value.Status;
            Console.WriteLine($"  {_seen}");
        }
    }
}
