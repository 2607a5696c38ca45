using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Server.Tests.Clients;
using Slipway.Server.Tests.Features.Deployer;
using Slipway.Server.Tests.Features.Deployments;
using Slipway.Server.Tests.House;

namespace Slipway.Server.Tests.Examples;

/// <summary>The example clients of the model deployer, run as a reader of the examples would run them.</summary>
public sealed class DeployExampleTests
{
    private static readonly string Examples = Path.Combine(Sources.Root, "examples", "clients");

    public static TheoryData<string> Languages => ["python", "javascript", "csharp"];

    [Theory]
    [MemberData(nameof(Languages))]
    public async Task An_example_goes_the_whole_way_of_a_model(string language)
    {
        await using var server = await DeployerSite.StartAsync();

        var (exitCode, output, errors) = await RunAsync(language, server.Url + "/");

        Assert.Equal((0, ""), (exitCode, errors));
        Assert.Matches(
            """
            \AEMD Web API is running
            83 models can be deployed\.
            .*: 5\.8M, engines slipway
            Deployment initiated successfully
            (?:  Creating \((?:Infrastructure|Endpoint)\)
            )+  InService
            .*Advanced Encryption Standard[\s\S]*
            slipway-tiny/example InService at http://127\.0\.0\.1:\d+/v1
            It is gone\.
            \z
            """, output.ReplaceLineEndings("\n"));
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public async Task An_example_shows_why_the_server_refuses(string language)
    {
        await using var server = await DeployerSite.StartAsync();
        using var taken = await server.Http.PostAsync(
            "/emd_deploy",
            new StringContent(
                """{"model_id":"slipway-tiny","instance_type":"local","engine_type":"slipway","service_type":"local","model_tag":"example"}""",
                Encoding.UTF8, "application/json"),
            TestContext.Current.CancellationToken);

        var (exitCode, _, errors) = await RunAsync(language, server.Url);

        Assert.Equal(1, exitCode);
        Assert.Contains("A model with ID: slipway-tiny and tag: example already exists.", errors, StringComparison.Ordinal);
    }

    /// <summary>What the clients of the API's own document put on the wire, header and body.</summary>
    [Theory]
    [InlineData("python", "GET /ping  ")]
    [InlineData("javascript", "GET /ping application/json ")]
    public async Task An_example_sends_what_the_documents_clients_send(string language, string ping)
    {
        var calls = new ConcurrentQueue<string>();
        await using var server = await RunningServer.StartAsync(
            new ServerOptions { Model = ServerOptions.NoModel, DefaultModel = Path.Combine(AppContext.BaseDirectory, "models", "slipway-tiny", "slipway-tiny-q8_0.gguf") },
            [.. DeploymentServer.Settings(), "--Deployments:Engines:slipway:0=dotnet",
                $"--Deployments:Engines:slipway:1={Path.Combine(AppContext.BaseDirectory, "slipway.dll")}"],
            services: services => services.AddSingleton<IStartupFilter>(new Recorder(calls)));

        var (exitCode, _, errors) = await RunAsync(language, server.Url);

        Assert.Equal((0, ""), (exitCode, errors));
        const string Name = "\"model_id\":\"slipway-tiny\"";
        Assert.Equal(
            [
                ping,
                "POST /emd_supported_models application/json {}",
                $$"""POST /emd_details application/json {{{Name}},"detail":true}""",
                $$"""POST /emd_deploy application/json {{{Name}},"instance_type":"local","engine_type":"slipway","service_type":"local","model_tag":"example"}""",
                $$"""POST /emd_status application/json {{{Name}},"model_tag":"example"}""",
                """POST /v1/chat/completions application/json {"model":"slipway-tiny/example","messages":[{"role":"user","content":"What is AES?"}],"temperature":0}""",
                "POST /emd_models application/json {}",
                $$"""POST /emd_destroy application/json {{{Name}},"model_tag":"example"}""",
            ],
            calls.Distinct());
    }

    /// <summary>Browsers ask first: the original's page sends its media type even where there is no body.</summary>
    [Theory]
    [InlineData("/ping", "GET")]
    [InlineData("/emd_supported_models", "POST")]
    [InlineData("/emd_deploy", "POST")]
    [InlineData("/emd_status", "POST")]
    [InlineData("/emd_destroy", "POST")]
    [InlineData("/v1/chat/completions", "POST")]
    public async Task A_page_of_another_origin_may_call(string path, string method)
    {
        await using var server = await RunningServer.StartAsync(new ServerOptions { Model = ServerOptions.NoModel }, ["--environment=Development"]);
        using var asks = new HttpRequestMessage(HttpMethod.Options, path)
        {
            Headers = { { "Origin", "http://portal.example" }, { "Access-Control-Request-Method", method }, { "Access-Control-Request-Headers", "content-type" } },
        };
        using var calls = new HttpRequestMessage(new HttpMethod(method), path) { Headers = { { "Origin", "http://portal.example" } } };

        using var allowed = await server.Http.SendAsync(asks, TestContext.Current.CancellationToken);
        using var answer = await server.Http.SendAsync(calls, TestContext.Current.CancellationToken);

        Assert.True(allowed.IsSuccessStatusCode, $"{allowed.StatusCode}");
        Assert.Equal("*", Header(allowed, "Access-Control-Allow-Origin"));
        Assert.Contains("content-type", Header(allowed, "Access-Control-Allow-Headers"), StringComparison.OrdinalIgnoreCase);
        Assert.Equal("*", Header(answer, "Access-Control-Allow-Origin"));
    }

    private static string Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : "";

    private static async Task<(int ExitCode, string Output, string Errors)> RunAsync(string language, string url)
    {
        var environment = new Dictionary<string, string> { ["PYTHONIOENCODING"] = "utf-8" };
        switch (language)
        {
            case "python":
                return await NodeProgram.RunToEndAsync(await PythonWithRequestsAsync(), [Path.Combine(Examples, "deploy.py"), url], environment);
            case "javascript":
                Requirement.CheckProgram("node");
                return await NodeProgram.RunToEndAsync("node", [Path.Combine(Examples, "deploy.mjs"), url], environment);
            default:
                // Built with these tests, in the same configuration.
                var output = Path.GetRelativePath(Path.Combine(Sources.Root, "tests", "Slipway.Server.Tests"), AppContext.BaseDirectory);
                return await NodeProgram.RunToEndAsync("dotnet", [Path.Combine(Examples, "csharp-deploy", output, "Deploy.dll"), url], environment);
        }
    }

    /// <summary>The distribution's Python, or the one on the PATH.</summary>
    private static async Task<string> PythonWithRequestsAsync()
    {
        foreach (var python in new[] { "/usr/bin/python3", "python3" })
        {
            try
            {
                if ((await NodeProgram.RunToEndAsync(python, ["-c", "import requests"], [])).ExitCode == 0)
                {
                    return python;
                }
            }
            catch (System.ComponentModel.Win32Exception)
            {
                // There is no such program.
            }
        }
        Requirement.Check(false, "Python's requests is not installed on this machine (python3-requests).");
        return "";
    }

    /// <summary>Notes what clients send, before anything of the server sees it. White space between JSON's words is nobody's.</summary>
    private sealed class Recorder(ConcurrentQueue<string> calls) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(async (context, rest) =>
            {
                context.Request.EnableBuffering();
                using var reader = new StreamReader(context.Request.Body, leaveOpen: true);
                var body = await reader.ReadToEndAsync(context.RequestAborted);
                context.Request.Body.Position = 0;
                var json = body.Length == 0 ? "" : System.Text.Json.Nodes.JsonNode.Parse(body)!.ToJsonString();
                calls.Enqueue($"{context.Request.Method} {context.Request.Path} {context.Request.ContentType} {json}");
                await rest(context);
            });
            next(app);
        };
    }
}
