using System.Text.Json.Nodes;

namespace Slipway.Server.Features.Deployer.SageMaker;

/// <summary>
/// What makes an endpoint grow and shrink, where its bounds differ. One that answers at once is measured by calls per instance, an
/// asynchronous one by the calls that wait; asleep, it has no instance to measure by, so an alarm wakes it.
/// </summary>
internal static class ScalingTemplate
{
    private const string Dimension = "sagemaker:variant:DesiredInstanceCount";
    private const int Cooldown = 600;

    public static void AddTo(JsonObject resources, EndpointPlan plan, string endpoint)
    {
        if (plan.Params.MaxCapacity <= plan.Params.MinCapacity)
        {
            return;
        }
        // The endpoint by its name, which no reference gives: it must wait for it in so many words.
        resources["ScalingTarget"] = new JsonObject
        {
            ["Type"] = "AWS::ApplicationAutoScaling::ScalableTarget",
            ["DependsOn"] = "Endpoint",
            ["Properties"] = new JsonObject
            {
                ["MinCapacity"] = plan.Params.MinCapacity,
                ["MaxCapacity"] = plan.Params.MaxCapacity,
                ["ResourceId"] = $"endpoint/{endpoint}/variant/{ModelTemplate.Variant}",
                ["ScalableDimension"] = Dimension,
                ["ServiceNamespace"] = "sagemaker",
            },
        };
        resources["ScalingPolicy"] = ModelTemplate.Resource("AWS::ApplicationAutoScaling::ScalingPolicy", new JsonObject
        {
            ["PolicyName"] = $"{endpoint}-scaling",
            ["PolicyType"] = "TargetTrackingScaling",
            ["ScalingTargetId"] = ModelTemplate.Ref("ScalingTarget"),
            ["TargetTrackingScalingPolicyConfiguration"] = Tracking(plan, endpoint),
        });
        if (plan.IsAsync && plan.Params.MinCapacity == 0)
        {
            AddWaking(resources, endpoint);
        }
    }

    private static JsonObject Tracking(EndpointPlan plan, string endpoint)
    {
        var tracking = new JsonObject
        {
            ["TargetValue"] = plan.Params.ScalingTarget,
            ["ScaleInCooldown"] = Cooldown,
            ["ScaleOutCooldown"] = Cooldown,
        };
        if (plan.IsAsync)
        {
            tracking["CustomizedMetricSpecification"] = new JsonObject
            {
                ["MetricName"] = "ApproximateBacklogSizePerInstance",
                ["Namespace"] = "AWS/SageMaker",
                ["Statistic"] = "Average",
                ["Dimensions"] = Of(endpoint),
            };
        }
        else
        {
            tracking["PredefinedMetricSpecification"] = new JsonObject { ["PredefinedMetricType"] = "SageMakerVariantInvocationsPerInstance" };
        }
        return tracking;
    }

    private static void AddWaking(JsonObject resources, string endpoint)
    {
        resources["WakingPolicy"] = ModelTemplate.Resource("AWS::ApplicationAutoScaling::ScalingPolicy", new JsonObject
        {
            ["PolicyName"] = $"{endpoint}-waking",
            ["PolicyType"] = "StepScaling",
            ["ScalingTargetId"] = ModelTemplate.Ref("ScalingTarget"),
            ["StepScalingPolicyConfiguration"] = new JsonObject
            {
                ["AdjustmentType"] = "ChangeInCapacity",
                ["MetricAggregationType"] = "Average",
                ["Cooldown"] = Cooldown / 2,
                ["StepAdjustments"] = new JsonArray(new JsonObject { ["MetricIntervalLowerBound"] = 0, ["ScalingAdjustment"] = 1 }),
            },
        });
        resources["WakingAlarm"] = ModelTemplate.Resource("AWS::CloudWatch::Alarm", new JsonObject
        {
            ["AlarmActions"] = new JsonArray(ModelTemplate.Ref("WakingPolicy")),
            ["MetricName"] = "HasBacklogWithoutCapacity",
            ["Namespace"] = "AWS/SageMaker",
            ["Statistic"] = "Average",
            ["Period"] = 60,
            ["EvaluationPeriods"] = 1,
            ["DatapointsToAlarm"] = 1,
            ["Threshold"] = 1,
            ["ComparisonOperator"] = "GreaterThanOrEqualToThreshold",
            ["TreatMissingData"] = "missing",
            ["Dimensions"] = Of(endpoint),
        });
    }

    private static JsonArray Of(string endpoint) => [new JsonObject { ["Name"] = "EndpointName", ["Value"] = endpoint }];
}
