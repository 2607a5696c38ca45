using System.Text.Json;
using Slipway.Client;
using Slipway.Server.Aws;
using Slipway.Server.Features.Chat;
using Slipway.Server.Features.Datasets;
using Slipway.Server.Features.Deployer;
using Slipway.Server.Features.Deployments;
using Slipway.Server.Features.Gateway;
using Slipway.Server.Features.Generation;
using Slipway.Server.Features.Projects;
using Slipway.Server.Features.Runs;
using Slipway.Server.Features.TestPage;
using Slipway.Server.Features.TrainingConfigs;
using Slipway.Server.Platform.Cors;
using Slipway.Server.Platform.Devices;
using Slipway.Server.Platform.Docs;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Platform.Health;
using Slipway.Server.Platform.Json;
using Slipway.Server.Platform.Listening;
using Slipway.Server.Platform.Settings;
using Slipway.Server.Platform.Telemetry;
using Slipway.Server.Platform.Validation;
using Slipway.Server.Serving;

namespace Slipway.Server;

/// <summary>The whole server: what it is made of and how it runs.</summary>
public static class SlipwayServer
{
    /// <summary>Puts the server together; nothing listens yet.</summary>
    /// <param name="options">What the command line says.</param>
    /// <param name="args">Further configuration, as <c>--Section:Key=value</c>.</param>
    /// <exception cref="ServerStartException">An option cannot be met; the message names it and what would be accepted.</exception>
    public static WebApplication Build(ServerOptions options, params string[] args)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Build(options, args, _ => { });
    }

    /// <summary>Builds with a last word on the services: what lies outside the process is replaced in tests.</summary>
    internal static WebApplication Build(ServerOptions options, string[] args, Action<WebApplicationBuilder> configure)
    {
        var builder = SettingsFeature.CreateBuilder(new WebApplicationOptions
        {
            Args = ["--hostBuilder:reloadConfigOnChange=false", .. args],
            EnvironmentName = EnvironmentOf(options),
        });
        builder.AddConfigurationOf(options);
        builder.AddTelemetry(options);
        builder.AddListeners(options);
        builder.AddOrigins();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.ConfigureHttpJsonOptions(json => Shape(json.SerializerOptions));
        builder.Services.AddErrors();
        builder.Services.AddDevices();
        builder.Services.AddHealth();
        builder.Services.AddDocs();
        builder.Services.AddServing();
        builder.Services.AddChat();
        builder.Services.AddGeneration();
        builder.Services.AddAws();
        builder.AddGateway();
        builder.Services.AddTrainingConfigs();
        builder.Services.AddProjects();
        builder.Services.AddRuns();
        builder.Services.AddDatasets();
        builder.Services.AddDeployments();
        builder.Services.AddDeployer();
        configure(builder);

        try
        {
            // Already the host itself asks how long answers may go on, and with that for all of the options of serving.
            var app = builder.Build();
            Lay(app);
            // Not left to the start: a host that fails there, before its services are made, cannot be stopped in order either.
            app.Services.GetService<IStartupValidator>()?.Validate();
            return app;
        }
        catch (OptionsValidationException exception)
        {
            // What answers requests is made here, before the options are looked at as a whole.
            throw ServerStartException.Of(exception);
        }
        catch (AggregateException exception) when (exception.InnerException is OptionsValidationException first)
        {
            throw ServerStartException.Of(first);
        }
    }

    /// <summary>Runs the server until it is told to stop, with an exit code for the shell: 0, or 1 when it could not start.</summary>
    /// <remarks><paramref name="errors"/> gets one line when it could not start.</remarks>
    public static async Task<int> RunAsync(
        ServerOptions options, string[] args, TextWriter errors, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(errors);
        try
        {
            await using var app = Build(options, args);
            await RunAsync(app, cancellationToken);
            return app.Services.GetRequiredService<ModelAtStart>().Failure is { } failure
                ? throw new ServerStartException(failure)
                : 0;
        }
        catch (ServerStartException exception)
        {
            await errors.WriteLineAsync(exception.Message);
            return 1;
        }
    }

    /// <summary>The way of a request, first to last.</summary>
    private static void Lay(WebApplication app)
    {
        app.UseTelemetry();
        app.UseGateway();
        app.UseThreadPool();
        app.UseErrors();
        app.UsePlainCurl();
        app.UseRouting();
        app.UseCors();
        app.UseKeys();
        app.MapDocs();
        app.MapHealth();
        app.MapTestPage();
        app.MapChat();
        app.MapGeneration();
        app.MapGateway();
        app.MapProjects();
        app.MapRuns();
        app.MapTrainingConfigs();
        app.MapDatasets();
        app.MapDeployments();
        app.MapDeployer();
    }

    private static async Task RunAsync(WebApplication app, CancellationToken cancellationToken)
    {
        var isUp = false;
        try
        {
            await app.StartServerAsync(cancellationToken);
            isUp = true;
            await app.WaitForShutdownAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (
            cancellationToken.IsCancellationRequested || app.Lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // Told to stop while it was still starting: by a signal, or by a model that cannot be loaded.
        }
        finally
        {
            if (!isUp)
            {
                // What had begun to work before ends in order; taken away under it, it would fill the log with stacks.
                await app.StopAsync(CancellationToken.None);
            }
        }
    }

    // The variable wins: a container says what it is, whatever the command line of its image.
    private static string? EnvironmentOf(ServerOptions options) =>
        options.Reload && Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT") is null ? Environments.Development : null;

    private static void Shape(JsonSerializerOptions json)
    {
        json.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        json.Encoder = WireText.Encoder;
        json.Converters.Add(new UtcTimeConverter());
    }
}
