using Slipway.Server.Features.Generation.Figures;

namespace Slipway.Server.Features.Generation;

/// <summary>The generation service: texts one by one or ten at once, and questions that are thought about.</summary>
internal static class GenerationFeature
{
    public static void AddGeneration(this IServiceCollection services)
    {
        services.AddSingleton<TextWriting>();
        services.AddSingleton<BatchWriting>();
        services.AddSingleton<GenerationMeters>();
    }

    public static void MapGeneration(this IEndpointRouteBuilder endpoints)
    {
        var service = endpoints.MapGroup("").WithTags("Generation");
        PostGenerate.Map(service);
        PostThinking.Map(service);
        PostBatchGenerate.Map(service);
        GetGenerationStats.Map(service);
        GetQuantization.Map(service);
        PostQuantization.Map(service);
        DeleteQuantization.Map(service);
    }
}
